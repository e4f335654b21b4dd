using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Transport;

/// <summary>Turns a new connection into an encrypted one, in the time that is left, or returns the failure.</summary>
public delegate ValueTask<Dialed> Encrypt(Connection plain, BackendAddress backend, CancellationToken cancel);

/// <summary>Connects to backends by address or by name.</summary>
/// <param name="transport">Makes the connections.</param>
/// <param name="names">Resolves names.</param>
/// <param name="limit">
/// The time limit of one dial (<c>--dial-timeout</c>), without resolving the name; zero is no limit.
/// </param>
/// <param name="encrypt">Performs the TLS handshake with backends; without it https backends are unsupported.</param>
public sealed class Dialer(ITransport transport, NameResolver names, TimeSpan limit, Encrypt? encrypt = null)
{
    // EADDRNOTAVAIL of the kernel.
    private const int AddressNotAvailable = 99;

    // ECONNRESET, EPIPE, ENOTCONN: a refusal is no reset, so the backend had accepted before.
    private const int ConnectionReset = 104;
    private const int BrokenPipe = 32;
    private const int NotConnected = 107;

    /// <summary>The number of the transport's event loops.</summary>
    public int LoopCount => transport.LoopCount;

    /// <summary>
    /// Connects on behalf of a client, as long as its <see cref="Connection.Watch"/> permits, within the dial limit and
    /// <paramref name="within"/> (zero: no further limit),
    /// which includes resolving the name.
    /// </summary>
    public ValueTask<Dialed> ConnectAsync(BackendAddress backend, Connection? client, TimeSpan within)
    {
        if (backend.IsTls && encrypt is null)
            return new ValueTask<Dialed>(new Dialed(null, Failure.BackendSchemeUnsupported, null));
        return backend.Ip is { } ip
            ? ConnectAsync(backend, [ip], client, Shorter(limit, within))
            : ResolveAndConnectAsync(backend, client, within);
    }

    // A backend that is not reached within a time that resolving its name has shortened may be healthy.
    private async ValueTask<Dialed> ResolveAndConnectAsync(BackendAddress backend, Connection? client, TimeSpan within)
    {
        var since = Stopwatch.GetTimestamp();
        var resolving = ResolveAsync(backend.Host, within);
        var isKnown = resolving.IsCompletedSuccessfully;
        var answer = await resolving;
        if (!answer.IsFound) return Unresolved(backend, answer.Reason);

        var full = Shorter(limit, within);
        var took = isKnown ? TimeSpan.Zero : Stopwatch.GetElapsedTime(since);
        var time = Shorter(limit, within > TimeSpan.Zero ? AtLeastATick(within - took) : within);
        var dialed = await ConnectAsync(backend, answer.Addresses, client, time);
        return dialed.Failure == Failure.BackendDialTimeout && time < full
            ? Unresolved(backend, $"it took {Seconds(took)}, too little time was left to connect")
            : dialed with { Name = answer.Name };
    }

    private async ValueTask<NameAnswer> ResolveAsync(string host, TimeSpan within)
    {
        var resolving = names.ResolveAsync(host, CancellationToken.None);
        if (resolving.IsCompletedSuccessfully || within <= TimeSpan.Zero) return await resolving;
        try
        {
            return await resolving.AsTask().WaitAsync(within);
        }
        catch (TimeoutException)
        {
            return new NameAnswer(NameOutcome.NoAnswer, [], $"no answer from the resolver within {Seconds(within)}");
        }
    }

    private static Dialed Unresolved(BackendAddress backend, string reason) =>
        new(null, Failure.BackendNameUnresolved, NameUnresolvedException.TextOf(backend.Host, reason));

    private static TimeSpan AtLeastATick(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.FromMilliseconds(1);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) =>
        one <= TimeSpan.Zero || (other > TimeSpan.Zero && other < one) ? other : one;

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");

    private async ValueTask<Dialed> ConnectAsync(
        BackendAddress backend, IReadOnlyList<IPAddress> addresses, Connection? client, TimeSpan time)
    {
        using var timeout = new CancellationTokenSource(time > TimeSpan.Zero ? time : Timeout.InfiniteTimeSpan);
        var watch = client?.Watch;
        try
        {
            watch?.Begin(client!, timeout);
            var race = new AddressRace((address, cancel) => ReachAsync(address, client, cancel), backend.Port);
            var (connection, ip) = await race.RunAsync(addresses, timeout.Token);
            var dialed = backend.IsTls
                ? await encrypt!(connection, backend, timeout.Token)
                : new Dialed(connection, Failure.None, null);
            return dialed with { Ip = ip };
        }
        catch (OperationCanceledException) when (watch is { IsOver: true })
        {
            return new Dialed(null, Failure.ClientGone, null);
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
                _ when e.NativeErrorCode is ConnectionReset or BrokenPipe or NotConnected => Failure.BackendClosed,
                SocketError.AddressAlreadyInUse => Failure.OutOfPorts,
                SocketError.TimedOut => Failure.BackendDialTimeout,
                _ => Failure.BackendUnreachable,
            };
            return new Dialed(null, failure, $"dial tcp {backend}: {e.Message}");
        }
        finally
        {
            watch?.End();
        }
    }

    // Too many open files in this process or in the system, or no memory for a socket: no sign of a dead backend.
    private static bool IsOurShortage(SocketException e) => e.NativeErrorCode is 24 or 23 or 12 or 105;

    private async Task<Connection> ReachAsync(IPEndPoint address, Connection? client, CancellationToken cancel)
    {
        try
        {
            return await transport.ConnectAsync(address, client, cancel);
        }
        catch (SocketException e) when (e.NativeErrorCode == AddressNotAvailable && HasWayTo(address))
        {
            throw new SocketException((int)SocketError.AddressAlreadyInUse, "no local port is free");
        }
    }

    // The same error means that no local port is free and that no local address can reach the other one. UDP
    // distinguishes them: it chooses the local address in the same way, sends nothing for it, and has ports of its own.
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
            return IsOurShortage(e) || e.SocketErrorCode == SocketError.WouldBlock;    // no free UDP port either
        }
    }
}

/// <summary>A connection, or why there is none.</summary>
public readonly record struct Dialed(Connection? Connection, Failure Failure, string? Detail)
{
    /// <summary>The name that resolved to the address; null for a backend known by its address.</summary>
    public ResolvedName? Name { get; init; }

    /// <summary>The address of the connection; null if there is none.</summary>
    public IPAddress? Ip { get; init; }
}
