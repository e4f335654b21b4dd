using System.Runtime.InteropServices;

namespace Proxy.Core.Routing.Table;

/// <summary>Compares Host values byte by byte, so that a look-up needs no string.</summary>
internal sealed class HostComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    /// <summary>
    /// A hash for which clients, who choose the hosts, cannot produce collisions. The bytes are hashed as if they were
    /// characters, as the hash of strings is the only keyed one of the platform (Marvin).
    /// </summary>
    public static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes));
        return (bytes.Length & 1) == 0 ? hash : hash ^ (int)((bytes[^1] + 1) * 0x9E3779B1u);
    }

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => Hash(obj);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => Hash(alternate);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
