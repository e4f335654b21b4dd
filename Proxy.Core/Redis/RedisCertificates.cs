using System.Text;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Routing.Table;
using Proxy.Core.Tls.Certificates;
using StackExchange.Redis;

namespace Proxy.Core.Redis;

/// <summary>Certificates in Redis: hash <c>tls:NAME</c>, fields <c>certificate</c> and <c>key</c>, in PEM.</summary>
/// <param name="redis">The server that is read.</param>
/// <param name="changes">The changes that the server pushes.</param>
public sealed class RedisCertificates(RedisConnection redis, ChangeTracker changes) : ICertificateStore
{
    private const int NameBytesMax = 1024;
    private static readonly RedisValue[] Fields = ["certificate", "key"];

    private static ReadOnlySpan<byte> Prefix => "tls:"u8;

    /// <inheritdoc/>
    public async Task<CertificatePem?> ReadAsync(string name)
    {
        var values = await FieldsAsync(name);
        if (values[0].IsNull && values[1].IsNull) return null;
        var (first, second) = (PlaceOf(name, Fields[0]), PlaceOf(name, Fields[1]));
        return CertificatePem.Decode(Present(values[0], first), first, Present(values[1], second), second);
    }

    private async Task<RedisValue[]> FieldsAsync(string name)
    {
        try
        {
            return await redis.Database.HashGetAsync("tls:" + name, Fields);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            throw new InvalidCertificateException($"tls:{name} is not a hash; store it with hset", e);
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            throw new CertificatesUnavailableException(redis.Explain(e), e);
        }
    }

    private static string PlaceOf(string name, RedisValue field) => $"field \"{field}\" of tls:{name}";

    private static byte[] Present(RedisValue value, string place) =>
        value.IsNull ? throw new InvalidCertificateException($"{place} is missing") : (byte[])value!;

    /// <inheritdoc/>
    public long VersionOf(string name)
    {
        var epoch = changes.Epoch;
        if (epoch <= ChangeTracker.Disconnected) return ICertificateStore.Unversioned;
        Span<byte> key = stackalloc byte[Prefix.Length + NameBytesMax];
        Prefix.CopyTo(key);
        var length = Encoding.UTF8.TryGetBytes(name, key[Prefix.Length..], out var count) ? Prefix.Length + count : 0;
        return epoch << 32 | (uint)changes.VersionOf(key[..length]).Count;
    }
}
