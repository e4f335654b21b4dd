using System.Text;

namespace Proxy.Core.Redis.Protocol;

/// <summary>The kinds of values of the Redis protocol.</summary>
internal enum RespKind
{
    Text,
    Error,
    Null,
    Array,
    Push,
}

/// <summary>One value of the Redis protocol; numbers, booleans and doubles are kept as text.</summary>
internal readonly record struct RespValue(RespKind Kind, byte[] Bytes, RespValue[] Items)
{
    public bool IsError => Kind is RespKind.Error;

    public override string ToString() => Encoding.UTF8.GetString(Bytes);
}
