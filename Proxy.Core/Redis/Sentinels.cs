using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Redis;

/// <summary>Asks Sentinels where the master is. The first that answers moves to the front.</summary>
internal sealed class Sentinels(RedisEndpoint endpoint)
{
    private readonly List<DnsEndPoint> _addresses = [.. endpoint.Sentinels];

    /// <summary>The master's address, or null when no Sentinel knows.</summary>
    public async Task<EndPoint?> FindMasterAsync(TimeSpan limit)
    {
        foreach (var address in _addresses.ToArray())
        {
            using var timeout = new CancellationTokenSource(limit);
            if (await AskAsync(address, timeout.Token) is not { } master) continue;
            _addresses.Remove(address);
            _addresses.Insert(0, address);
            return master;
        }
        return null;
    }

    private async Task<EndPoint?> AskAsync(DnsEndPoint sentinel, CancellationToken cancel)
    {
        try
        {
            using var connection = await RespConnection.OpenAsync(sentinel, cancel);
            var reply = await connection.AskAsync(cancel, "SENTINEL", "get-master-addr-by-name", endpoint.SentinelName);
            if (reply.Items is not [var host, var port]) return null;
            return At(host.ToString(), int.Parse(port.ToString(), CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or FormatException)
        {
            return null;    // The next one may know.
        }
    }

    private static EndPoint At(string host, int port) =>
        IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host, port);
}
