using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Transport.Addresses;

/// <summary>Connects to the first of several addresses of one backend that accepts (RFC 8305 §5).</summary>
/// <param name="connect">Connects to one address.</param>
/// <param name="port">The port of all addresses.</param>
internal sealed class AddressRace(Func<IPEndPoint, CancellationToken, Task<Connection>> connect, int port)
{
    /// <summary>How long an address may delay the next one.</summary>
    public static readonly TimeSpan NextAddressAfter = TimeSpan.FromMilliseconds(250);

    /// <summary>The most addresses that are tried.</summary>
    public const int AddressesMax = 64;

    /// <summary>
    /// Returns the first connection. The addresses start one after the other, the next one early if one fails.
    /// </summary>
    /// <exception cref="SocketException">None accepts; the last error.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> came first.</exception>
    public async ValueTask<(Connection Connection, IPAddress Ip)> RunAsync(
        IReadOnlyList<IPAddress> addresses, CancellationToken cancel)
    {
        if (addresses is [var only]) return (await connect(new IPEndPoint(only, port), cancel), only);
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = new List<(Task<Connection> Connecting, IPAddress Ip)>();
        var (next, end) = (0, Math.Min(addresses.Count, AddressesMax));
        Task<Connection>? failed = null;
        while (next < end || running.Count > 0)
        {
            Task? turn = null;
            if (next < end)
            {
                var ip = addresses[next++];
                running.Add((connect(new IPEndPoint(ip, port), losers.Token), ip));
                turn = Task.Delay(NextAddressAfter, losers.Token);
            }

            var first = await FirstAsync(running, turn);
            if (first.Connecting is null) continue;
            running.Remove(first);
            if (first.Connecting.IsCompletedSuccessfully)
            {
                await losers.CancelAsync();
                foreach (var (loser, _) in running) _ = DisposeLateAsync(loser);
                return (await first.Connecting, first.Ip);
            }

            failed = first.Connecting;
        }

        await failed!;
        throw new SocketException((int)SocketError.HostUnreachable);
    }

    // The default if it is the next address's turn.
    private static async Task<(Task<Connection> Connecting, IPAddress Ip)> FirstAsync(
        List<(Task<Connection> Connecting, IPAddress Ip)> running, Task? turn)
    {
        IEnumerable<Task> tasks = running.Select(one => one.Connecting);
        var first = await Task.WhenAny(turn is null ? tasks : tasks.Append(turn));
        return running.Find(one => one.Connecting == first);
    }

    private static async Task DisposeLateAsync(Task<Connection> loser)
    {
        try
        {
            await (await loser).DisposeAsync();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // It lost the race, as intended.
        }
    }
}
