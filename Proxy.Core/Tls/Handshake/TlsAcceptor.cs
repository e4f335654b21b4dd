using System.Collections.Concurrent;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls.Handshake;

/// <summary>
/// Turns accepted connections into decrypted ones: reads the hello, finds the certificate, performs the handshake.
/// Handshakes are limited: each in time, all in number, and those that compute in cores.
/// </summary>
public sealed class TlsAcceptor
{
    /// <summary>The time limit from the accept to the end of the handshake.</summary>
    public static readonly TimeSpan HandshakeTimeMax = TimeSpan.FromSeconds(10);

    /// <summary>The most clients with an unfinished handshake; further ones are closed.</summary>
    public const int HandshakesMax = 10_000;

    /// <summary>How long a rejected client may still send.</summary>
    private static readonly TimeSpan LingerTimeMax = TimeSpan.FromSeconds(1);

    // A fatal alert "unrecognized_name" (RFC 6066 §3) in a record of its own.
    private static readonly byte[] UnknownName = [21, 3, 3, 0, 2, 2, 112];

    private readonly CertificateCache _certificates;
    private readonly Deadlines _deadlines;
    private readonly HandshakeErrors _errors;
    private readonly HandshakeGate[] _gates;
    private readonly TaskCompletionSource _allDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<Connection, long> _shaking = new();
    private volatile bool _isEnding;
    private int _handshakes;

    /// <param name="certificates">The certificates.</param>
    /// <param name="deadlines">The clock of all waits.</param>
    /// <param name="loops">The number of event loops.</param>
    /// <param name="report">Takes lines about failed handshakes.</param>
    public TlsAcceptor(CertificateCache certificates, Deadlines deadlines, int loops, Action<string> report)
    {
        // A loop runs one handshake at a time anyway; where threads are shared, half of the cores are left for the
        // rest.
        var atOnceMax = loops > 1 ? 1 : Math.Max(1, Environment.ProcessorCount / 2);
        _gates = [.. Enumerable.Range(0, loops).Select(_ => new HandshakeGate(atOnceMax))];
        (_certificates, _deadlines) = (certificates, deadlines);
        _errors = new HandshakeErrors(report, TimeProvider.System);
    }

    /// <summary>The answer to a client that sends text instead of TLS.</summary>
    public required ReadOnlyMemory<byte> ToPlainClients { get; init; }

    /// <summary>Handshakes so far.</summary>
    public HandshakeCounts Counts { get; } = new();

    /// <summary>Clients that have not finished their handshake.</summary>
    public int PendingHandshakeCount => Volatile.Read(ref _handshakes);

    /// <summary>The time limit here; shorter in tests.</summary>
    internal TimeSpan HandshakeTime { get; init; } = HandshakeTimeMax;

    /// <summary>
    /// The connections in a handshake, and since when, in milliseconds of <see cref="Deadlines.Now"/>.
    /// </summary>
    public IEnumerable<KeyValuePair<Connection, long>> PendingHandshakes => _shaking;

    /// <summary>Completes when no handshake is under way, provided that no new client arrives.</summary>
    public Task HandshakesEndAsync()
    {
        _isEnding = true;
        if (Interlocked.CompareExchange(ref _handshakes, 0, 0) == 0) _allDone.TrySetResult();
        return _allDone.Task;
    }

    /// <summary>Performs the handshake and then passes the decrypted connection to <paramref name="serve"/>.</summary>
    public async Task ServeAsync(Connection client, Func<Connection, Task> serve)
    {
        Connection? secured = null;
        try
        {
            _shaking[client] = _deadlines.LastTick;
            if (Interlocked.Increment(ref _handshakes) <= HandshakesMax) secured = await AcceptAsync(client);
            else Fail(client, HandshakeFailure.TooMany, "too many handshakes at once");
        }
        catch (Exception e)    // of any kind: it ends this connection and no other
        {
            Fail(client, KindOf(e), RootCause.MessageOf(e));
        }

        // A caller that waits for the end of the handshakes then finds this connection among those that are served.
        var rest = secured is null ? client.DisposeAsync().AsTask() : serve(secured);
        _shaking.TryRemove(client, out _);
        if (Interlocked.Decrement(ref _handshakes) == 0 && _isEnding) _allDone.TrySetResult();
        await rest;
    }

    private static HandshakeFailure KindOf(Exception e) => e switch
    {
        TimeoutException => HandshakeFailure.Timeout,
        _ when ConnectionLoss.Is(e) => HandshakeFailure.ClientGone,
        _ => HandshakeFailure.Protocol,
    };

    private void Fail(Connection client, HandshakeFailure failure, string reason)
    {
        Counts.Failed(failure);
        _errors.Write(client.RemoteEndPoint, reason);
    }

    private async Task<Connection?> AcceptAsync(Connection client)
    {
        var wholeBy = _deadlines.In(HandshakeTime);
        client.ReadBy(wholeBy);
        client.WriteBy(wholeBy);
        if (await ReadHelloAsync(client) is not { } name) return null;

        var (certificate, problem) = await _certificates.ChooseAsync(name);
        if (certificate is not null) return await ShakeHandsAsync(client, certificate, wholeBy);
        Fail(client, HandshakeFailure.NoCertificate, problem ?? $"Certificate for \"{name}\" not found");
        await RejectAsync(client, UnknownName);
        return null;
    }

    /// <summary>Returns the server name of the hello, which stays unread; null if there is no handshake.</summary>
    private async ValueTask<string?> ReadHelloAsync(Connection client)
    {
        while (true)
        {
            var read = await client.Input.ReadAsync();
            var kind = ClientHello.Read(read.Buffer, out var name);
            if (kind == HelloKind.Complete)
            {
                client.Input.AdvanceTo(read.Buffer.Start);
                return name;
            }

            var isText = !read.Buffer.IsEmpty && read.Buffer.FirstSpan[0] is >= (byte)'A' and <= (byte)'Z';
            var hasBegun = !read.Buffer.IsEmpty;
            client.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            var reason = kind switch
            {
                HelloKind.NotTls => "first record does not look like a TLS handshake",
                HelloKind.TooLarge => "ClientHello is too large",
                _ when read.IsCanceled && client.IsReadOverdue => "timeout while waiting for the ClientHello",
                _ when read.IsCompleted => "EOF",
                _ => null,
            };
            if (reason is null) continue;

            // A client that connects and closes without a byte only checks that the port is open.
            if (hasBegun || !read.IsCompleted) Fail(client, FailureOf(kind, read.IsCompleted), reason);
            if (kind == HelloKind.NotTls && isText) await RejectAsync(client, ToPlainClients);
            return null;
        }
    }

    private static HandshakeFailure FailureOf(HelloKind hello, bool isOver) => hello switch
    {
        HelloKind.NotTls => HandshakeFailure.NotTls,
        HelloKind.TooLarge => HandshakeFailure.Protocol,
        _ => isOver ? HandshakeFailure.ClientGone : HandshakeFailure.Timeout,
    };

    // Everything from the hello to the server's flight is computed before the handshake has to wait.
    private async Task<Connection?> ShakeHandsAsync(Connection client, ServerCertificate certificate, long wholeBy)
    {
        var gate = _gates[client.LoopIndex];
        if (!await gate.EnterAsync(client))
        {
            Fail(client, HandshakeFailure.ClientGone, "EOF");
            return null;
        }

        TlsConnection tls;
        Task handshake;
        try
        {
            if (client.IsReadOverdue) throw new IOException("too many handshakes at once");
            client.ReadBy(0);
            client.WriteBy(0);
            tls = new TlsConnection(client, _deadlines);
            tls.ReadBy(wholeBy);
            tls.WriteBy(wholeBy);
            handshake = tls.AuthenticateAsServerAsync(certificate.Options);
        }
        finally
        {
            _ = gate.LeaveAsync(client);
        }

        return await EndHandshakeAsync(tls, handshake);
    }

    private async Task<Connection?> EndHandshakeAsync(TlsConnection tls, Task handshake)
    {
        try
        {
            await handshake;
            tls.ReadBy(0);
            tls.WriteBy(0);
            Counts.Succeeded(tls.Session.SslProtocol, tls.IsTlsResumed);
            return tls;
        }
        catch
        {
            // The alert with the reason is on its way, and must not be overtaken by a reset.
            await tls.DisposeAsync();
            if (tls.IsReadOverdue || tls.IsWriteOverdue) throw new TimeoutException("handshake timed out");
            throw;
        }
    }

    // Unread bytes reset a connection that is closed, and the last bytes that were sent to it are lost.
    private async ValueTask RejectAsync(Connection client, ReadOnlyMemory<byte> words)
    {
        await client.Output.WriteAsync(words);
        await client.Output.CompleteAsync();
        client.ReadBy(_deadlines.In(LingerTimeMax));
        for (var left = (long)ClientHello.BytesMax; left > 0;)
        {
            var read = await client.Input.ReadAsync();
            left -= read.Buffer.Length;
            client.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || (read.IsCanceled && client.IsReadOverdue)) return;
        }
    }
}
