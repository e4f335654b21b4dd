using System.Collections.Concurrent;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls.Handshake;

/// <summary>
/// Turns accepted connections into decrypted ones: reads the hello, finds the certificate, shakes hands. It is a bound
/// on what handshakes may take: each in time, all in number, and those that calculate in cores.
/// </summary>
public sealed class TlsAcceptor
{
    /// <summary>From accepting a client to the end of the handshake.</summary>
    public static readonly TimeSpan HandshakeTimeMax = TimeSpan.FromSeconds(10);

    /// <summary>Clients that have not finished their handshake; more are cut.</summary>
    public const int HandshakesMax = 10_000;

    /// <summary>How long a client that is sent away may still send.</summary>
    private static readonly TimeSpan LingerTimeMax = TimeSpan.FromSeconds(1);

    // A fatal alert "unrecognized_name" (RFC 6066 §3) in a record of its own.
    private static readonly byte[] UnknownName = [21, 3, 3, 0, 2, 2, 112];

    private readonly CertificateCache _certificates;
    private readonly Deadlines _deadlines;
    private readonly HandshakeErrors _errors;
    private readonly HandshakeGate[] _gates;
    private readonly TaskCompletionSource _noneLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<Connection, long> _shaking = new();
    private volatile bool _isEnding;
    private int _handshakes;

    /// <param name="certificates">What is served to whom.</param>
    /// <param name="deadlines">The clock of all waits.</param>
    /// <param name="homes">How many homes connections have.</param>
    /// <param name="report">Takes lines about failed handshakes.</param>
    public TlsAcceptor(CertificateCache certificates, Deadlines deadlines, int homes, Action<string> report)
    {
        // On a home that is a thread there is one at a time anyway; where threads are shared, half of them are left.
        var atOnceMax = homes > 1 ? 1 : Math.Max(1, Environment.ProcessorCount / 2);
        _gates = [.. Enumerable.Range(0, homes).Select(_ => new HandshakeGate(atOnceMax))];
        (_certificates, _deadlines) = (certificates, deadlines);
        _errors = new HandshakeErrors(report, TimeProvider.System);
    }

    /// <summary>What a client is told that does not speak TLS but something like text.</summary>
    public required ReadOnlyMemory<byte> ToPlainClients { get; init; }

    /// <summary>Handshakes so far.</summary>
    public HandshakeCounts Counts { get; } = new();

    /// <summary>Clients that have not finished their handshake.</summary>
    public int PendingHandshakeCount => Volatile.Read(ref _handshakes);

    /// <summary>How long a handshake may last here; tests have less patience.</summary>
    internal TimeSpan HandshakeTime { get; init; } = HandshakeTimeMax;

    /// <summary>Who shakes hands now, and since when, in milliseconds of <see cref="Deadlines.Now"/>.</summary>
    public IEnumerable<KeyValuePair<Connection, long>> PendingHandshakes => _shaking;

    /// <summary>Completes when nobody shakes hands any more; for a time when nobody new comes.</summary>
    public Task HandshakesEndAsync()
    {
        _isEnding = true;
        if (Interlocked.CompareExchange(ref _handshakes, 0, 0) == 0) _noneLeft.TrySetResult();
        return _noneLeft.Task;
    }

    /// <summary>Shakes hands and then lets <paramref name="serve"/> have the decrypted connection.</summary>
    public async Task ServeAsync(Connection client, Func<Connection, Task> serve)
    {
        Connection? secured = null;
        try
        {
            _shaking[client] = _deadlines.LastTick;
            if (Interlocked.Increment(ref _handshakes) <= HandshakesMax) secured = await AcceptAsync(client);
            else Fail(client, HandshakeFailure.TooMany, "too many handshakes at once");
        }
        catch (Exception e)    // whatever it is, it ends this connection and no other
        {
            Fail(client, KindOf(e), Innermost.MessageOf(e));
        }

        // Whoever waits for the handshakes to end finds this connection among those that are served.
        var rest = secured is null ? client.DisposeAsync().AsTask() : serve(secured);
        _shaking.TryRemove(client, out _);
        if (Interlocked.Decrement(ref _handshakes) == 0 && _isEnding) _noneLeft.TrySetResult();
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

        var (certificate, trouble) = await _certificates.ChooseAsync(name);
        if (certificate is not null) return await ShakeHandsAsync(client, certificate, wholeBy);
        Fail(client, HandshakeFailure.NoCertificate, trouble ?? $"Certificate for \"{name}\" not found");
        await SendAwayAsync(client, UnknownName);
        return null;
    }

    /// <summary>The server's name in the hello, which stays unread; null when there will be no handshake.</summary>
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
                _ when read.IsCanceled && client.IsReadOverdue => "no ClientHello in time",
                _ when read.IsCompleted => "EOF",
                _ => null,
            };
            if (reason is null) continue;

            // Who connects and leaves without a word only looks whether somebody is there.
            if (hasBegun || !read.IsCompleted) Fail(client, FailureOf(kind, read.IsCompleted), reason);
            if (kind == HelloKind.NotTls && isText) await SendAwayAsync(client, ToPlainClients);
            return null;
        }
    }

    private static HandshakeFailure FailureOf(HelloKind hello, bool isOver) => hello switch
    {
        HelloKind.NotTls => HandshakeFailure.NotTls,
        HelloKind.TooLarge => HandshakeFailure.Protocol,
        _ => isOver ? HandshakeFailure.ClientGone : HandshakeFailure.Timeout,
    };

    // Everything from the hello to the server's flight is calculated before the handshake has to wait.
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
            // The alert that says why is on its way, and must not be overtaken by a reset.
            await tls.DisposeAsync();
            if (tls.IsReadOverdue || tls.IsWriteOverdue) throw new TimeoutException("handshake not over in time");
            throw;
        }
    }

    // What is unread when a connection closes resets it, and takes the last words with it.
    private async ValueTask SendAwayAsync(Connection client, ReadOnlyMemory<byte> words)
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
