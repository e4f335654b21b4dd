using System.Net;
using System.Net.Sockets;
using Proxy.Core.Routing;

namespace Proxy.Core.Transport;

/// <summary>A connection, or why there is none.</summary>
public readonly record struct Dialed(Connection? Connection, Failure Failure, string? Detail);

/// <summary>Makes a decrypted connection of a new one, in the time that is left, or says why it cannot.</summary>
public delegate ValueTask<Dialed> Encrypt(Connection plain, BackendAddress backend, CancellationToken cancel);

/// <summary>Connects to backends by address or by name, asking DNS every time.</summary>
/// <param name="transport">Makes the connections.</param>
/// <param name="limit">How long one dial may last (<c>--dial-timeout</c>); zero is no limit.</param>
/// <param name="encrypt">Speaks TLS with backends that want it; without it there is no way to them.</param>
public sealed class Dialer(ITransport transport, TimeSpan limit, Encrypt? encrypt = null)
{
    /// <summary>How long an address may keep the next one of the same name waiting (RFC 8305 §5).</summary>
    public static readonly TimeSpan NextAddressAfter = TimeSpan.FromMilliseconds(250);

    /// <summary>Addresses of one name that are tried at most.</summary>
    public const int AddressesMax = 8;

    // EADDRNOTAVAIL, as the kernel gives it.
    private const int AddressNotAvailable = 99;

    /// <summary>How many homes the transport's connections can have.</summary>
    public int Homes => transport.Homes;

    /// <summary>
    /// Connects beside a client, within the dial limit and <paramref name="within"/> (zero: no further limit).
    /// </summary>
    public async ValueTask<Dialed> ConnectAsync(BackendAddress backend, Connection? beside, TimeSpan within)
    {
        var time = limit <= TimeSpan.Zero ? within
            : within <= TimeSpan.Zero ? limit
            : within < limit ? within : limit;
        using var patience = new CancellationTokenSource(time > TimeSpan.Zero ? time : Timeout.InfiniteTimeSpan);
        try
        {
            if (backend.IsTls && encrypt is null) return new Dialed(null, Failure.BackendSchemeUnsupported, null);
            var connection = await DialAsync(backend, beside, patience.Token);
            return backend.IsTls
                ? await encrypt!(connection, backend, patience.Token)
                : new Dialed(connection, Failure.None, null);
        }
        catch (OperationCanceledException)
        {
            return new Dialed(null, Failure.BackendDialTimeout, $"dial tcp {backend}: i/o timeout");
        }
        catch (SocketException e)
        {
            var failure = e.SocketErrorCode switch
            {
                _ when IsOurShortage(e) => Failure.OutOfConnections,
                SocketError.AddressAlreadyInUse => Failure.OutOfPorts,
                SocketError.TryAgain or SocketError.NoRecovery => Failure.BackendNameUnresolved,
                SocketError.TimedOut => Failure.BackendDialTimeout,
                _ => Failure.BackendUnreachable,
            };
            return new Dialed(null, failure, $"dial tcp {backend}: {e.Message}");
        }
    }

    // Too many files here or in the whole system, no memory for a socket: no backend is dead because of that.
    private static bool IsOurShortage(SocketException e) => e.NativeErrorCode is 24 or 23 or 12 or 105;

    private async ValueTask<Connection> DialAsync(BackendAddress backend, Connection? beside, CancellationToken cancel)
    {
        if (backend.Ip is { } ip) return await ReachAsync(new IPEndPoint(ip, backend.Port), beside, cancel);
        var addresses = await ResolveAsync(backend.Host, cancel);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        return await RaceAsync(addresses, backend.Port, beside, cancel);
    }

    private static async Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancel)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(name, cancel);
        }
        catch (ArgumentException)
        {
            // .NET does not even ask for "0", nor for more than 255 characters.
            return [];
        }
    }

    // A name's addresses start one after the other, the next one early when one fails; the first to connect wins.
    private async Task<Connection> RaceAsync(
        IPAddress[] addresses, int port, Connection? beside, CancellationToken cancel)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = new List<Task<Connection>>();
        var next = 0;
        Task<Connection>? failed = null;
        while (next < Math.Min(addresses.Length, AddressesMax) || running.Count > 0)
        {
            Task? turn = null;
            if (next < Math.Min(addresses.Length, AddressesMax))
            {
                var address = new IPEndPoint(addresses[next++], port);
                running.Add(ReachAsync(address, beside, losers.Token));
                turn = Task.Delay(NextAddressAfter, losers.Token);
            }

            var first = await FirstAsync(running, turn);
            if (first is null) continue;
            running.Remove(first);
            if (first.IsCompletedSuccessfully)
            {
                await losers.CancelAsync();
                foreach (var loser in running) _ = DisposeLateAsync(loser);
                return await first;
            }

            failed = first;
        }

        return await failed!;
    }

    private async Task<Connection> ReachAsync(IPEndPoint address, Connection? beside, CancellationToken cancel)
    {
        try
        {
            return await transport.ConnectAsync(address, beside, cancel);
        }
        catch (SocketException e) when (e.NativeErrorCode == AddressNotAvailable && HasWayTo(address))
        {
            throw new SocketException((int)SocketError.AddressAlreadyInUse, "no local port is free");
        }
    }

    // The same error tells that no local port is free and that no local address can reach the other one. UDP tells
    // them apart: it chooses the local address in the same way, sends nothing for it, and has ports of its own.
    private static bool HasWayTo(IPEndPoint address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address);
            return true;
        }
        catch (SocketException e)
        {
            return IsOurShortage(e) || e.SocketErrorCode == SocketError.WouldBlock;    // no port of UDP's either
        }
    }

    private static async Task<Task<Connection>?> FirstAsync(List<Task<Connection>> running, Task? turn) =>
        await Task.WhenAny(turn is null ? running : [.. running, turn]) as Task<Connection>;

    private static async Task DisposeLateAsync(Task<Connection> loser)
    {
        try
        {
            await (await loser).DisposeAsync();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // It lost, as it should.
        }
    }
}
