using Proxy.Core.Routing;
using Proxy.Core.Tls;
using StackExchange.Redis;

namespace Proxy.Core.Redis;

/// <summary>Certificates in Redis: hash <c>tls:NAME</c> with the fields <c>certificate</c> and <c>key</c>, in PEM.</summary>
public sealed class RedisCertificates(RedisConnections redis) : ICertificateStore
{
    private static readonly RedisValue[] Fields = ["certificate", "key"];

    /// <inheritdoc/>
    public async Task<CertificatePem?> ReadAsync(string name)
    {
        try
        {
            var values = await redis.Read.Database.HashGetAsync("tls:" + name, Fields);
            return values[0].IsNullOrEmpty || values[1].IsNullOrEmpty
                ? null
                : new CertificatePem((string)values[0]!, (string)values[1]!);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            throw new BrokenCertificateException($"tls:{name} is no hash", e);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException
            or RoutesUnavailableException)
        {
            throw new CertificatesUnavailableException(redis.Read.Explain(e), e);
        }
    }

    /// <inheritdoc/>
    public long VersionOf(string name) => ICertificateStore.Untold;
}
