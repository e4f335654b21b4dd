using System.Globalization;
using System.Net;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>Queries Sentinels for the master. The first that answers moves to the front.</summary>
internal sealed class Sentinels(RedisEndpoint endpoint, NameResolver names, RedisTrust? trust)
{
    private readonly List<DnsEndPoint> _addresses = [.. endpoint.Sentinels];

    /// <summary>Why there was no answer the last time; of several reasons one that requires the operator.</summary>
    public string Problem { get; private set; } = "no sentinel knows the master";

    /// <summary>Whether a Sentinel rejected us and no other answered: trying again does not help.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Returns the master's address, or null if no Sentinel knows it.</summary>
    public async Task<EndPoint?> FindMasterAsync(TimeSpan limit)
    {
        string? refusal = null;
        foreach (var address in _addresses.ToArray())
        {
            using var timeout = new CancellationTokenSource(limit);
            var (master, refused) = await QueryAsync(address, timeout.Token);
            refusal ??= refused;
            if (master is null) continue;
            _addresses.Remove(address);
            _addresses.Insert(0, address);
            IsRefused = false;
            return master;
        }

        IsRefused = refusal is not null;
        Problem = refusal ?? "no sentinel knows the master";
        return null;
    }

    private async Task<(EndPoint? Master, string? Refusal)> QueryAsync(DnsEndPoint sentinel, CancellationToken cancel)
    {
        try
        {
            using var connection = await RespConnection.OpenAsync(sentinel, names, trust, cancel);
            foreach (var command in Commands())
            {
                var reply = await connection.CallAsync(cancel, command);
                if (reply.IsError) return (null, Refusal(reply.ToString()));
                if (reply.Items is [var host, var port])
                    return (At(host.ToString(), int.Parse(port.ToString(), CultureInfo.InvariantCulture)), null);
            }

            return (null, null);
        }
        catch (RedisHandshakeException e)
        {
            return (null, Refusal(e.Message));
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            return (null, null);    // The next one may know.
        }

        string Refusal(string reason) => $"sentinel {sentinel.Host}:{sentinel.Port}: {reason}";
    }

    private IEnumerable<string[]> Commands()
    {
        if (endpoint.SentinelLogin.Auth is { Length: > 0 } auth) yield return auth;
        yield return ["SENTINEL", "get-master-addr-by-name", endpoint.SentinelName];
    }

    private static EndPoint At(string host, int port) =>
        IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host, port);
}
