using System.Buffers;
using System.Net;
using System.Security.Authentication;
using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Epoll;
using Proxy.Core.Transport.Sockets;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>The contract of Connection, kept by the decrypted side of a TLS connection, in both versions.</summary>
[TestFixture(SslProtocols.Tls12, Engine.Native)]
[TestFixture(SslProtocols.Tls13, Engine.Native)]
[TestFixture(SslProtocols.Tls12, Engine.Sockets)]
[TestFixture(SslProtocols.Tls13, Engine.Sockets)]
public sealed class TlsConnectionTests(SslProtocols version, Engine engine) : IDisposable
{
    private const int Mebibytes = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TestAuthority _authority = new();
    private Deadlines _deadlines = null!;
    private ITransport _transport = null!;
    private ServerCertificate _certificate = null!;
    private IListener _listener = null!;
    private Connection _server = null!;
    private TlsPeer _client = null!;

    [SetUp]
    public async Task ConnectAsync()
    {
        _deadlines = new Deadlines(TimeProvider.System);
        _transport = engine == Engine.Sockets
            ? new SocketTransport(_deadlines, _ => { })
            : new EpollTransport(2, _deadlines, _ => { });
        _certificate = ServerCertificate.Load(_authority.Issue("a.com"), TlsPreset.Modern, PinnedContext.MakeHello());
        var accepted = new TaskCompletionSource<Connection>();
        _listener = _transport.Listen(new IPEndPoint(IPAddress.Loopback, 0), async connection =>
        {
            var tls = new TlsConnection(connection, _deadlines);
            await tls.AuthenticateAsServerAsync(_certificate.Options);
            accepted.SetResult(tls);
        });
        _client = await TlsPeer.ConnectAsync(((IPEndPoint)_listener.LocalEndPoint).Port, "a.com", version);
        _server = await accepted.Task.WaitAsync(Patience);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        await _listener.DisposeAsync();
        await _server.DisposeAsync();
        _client.Dispose();
        _certificate.Dispose();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
    }

    public void Dispose() => _authority.Dispose();

    [Test]
    public async Task Bytes_GoBothWays()
    {
        await _client.SendAsync("ping");
        Assert.That(await TakeAsync(4), Is.EqualTo("ping"));
        _server.Output.Write("po"u8);
        await _server.Output.WriteAsync("ng"u8.ToArray());
        Assert.That(await _client.ReadAsync(4), Is.EqualTo("pong"));
        Assert.That(_server.IsEncrypted);
        Assert.That(_server.RemoteEndPoint, Is.EqualTo(_client.Socket.LocalEndPoint));
    }

    [Test]
    public async Task ManyBytes_GoBothWaysAtOnce()
    {
        var bytes = new byte[Mebibytes * 1024 * 1024];
        new Random(4711).NextBytes(bytes);
        var echo = EchoAsync();
        var sending = Task.Run(async () =>
        {
            await _client.Stream.WriteAsync(bytes);
            await _client.HalfCloseAsync();
        });
        var received = new MemoryStream();
        await _client.Stream.CopyToAsync(received).WaitAsync(3 * Patience);
        await sending;
        await echo;
        Assert.That(received.ToArray().AsSpan().SequenceEqual(bytes));
    }

    [Test]
    public async Task HeadBeforeALargePiece_GoesOutInOrder(
        [Values(1, 4000, 40_000)] int head, [Values(1, 100_000)] int body)
    {
        _server.Output.Write(Encoding.ASCII.GetBytes(new string('h', head)));
        var writing = _server.Output.WriteAsync(Encoding.ASCII.GetBytes(new string('b', body)));
        Assert.That(await _client.ReadAsync(head + body), Is.EqualTo(new string('h', head) + new string('b', body)));
        await writing;
    }

    [Test]
    public async Task UnconsumedBytes_StayInOnePieceUntilTheyAre()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number:D5}"));
        var sending = _client.SendAsync(text);
        for (var seen = 0; seen < text.Length;)
        {
            var read = await _server.Input.ReadAsync();
            Assert.That(read.Buffer.IsSingleSegment);
            Assert.That(read.Buffer.Length, Is.GreaterThan(seen), "a read that brings nothing new does not end");
            seen = (int)read.Buffer.Length;
            if (seen == text.Length) Assert.That(Encoding.ASCII.GetString(read.Buffer), Is.EqualTo(text));
            _server.Input.AdvanceTo(read.Buffer.Start, seen < text.Length ? read.Buffer.End : read.Buffer.Start);
        }

        await sending;
        Assert.That(await TakeAsync(10), Is.EqualTo(text[..10]));
        Assert.That(await TakeAsync(10), Is.EqualTo(text[10..20]));
    }

    [Test]
    public async Task TryRead_FindsNothingUntilThereIsSomething()
    {
        Assert.That(_server.Input.TryRead(out _), Is.False);
        Assert.That(_server.Input.TryRead(out _), Is.False);
        await _client.SendAsync("x");
        Assert.That(await TakeAsync(1), Is.EqualTo("x"));
        Assert.That(_server.Input.TryRead(out _), Is.False);
    }

    [Test]
    public async Task EndOfThePeer_LeavesTheOtherDirectionOpen()
    {
        await _client.SendAsync("last");
        await _client.HalfCloseAsync();
        Assert.That(await TakeAsync(4), Is.EqualTo("last"));
        Assert.That((await _server.Input.ReadAsync()).IsCompleted);
        _server.Output.Write("answer"u8);
        await _server.Output.CompleteAsync();
        Assert.That(await _client.ReadToEndAsync(), Is.EqualTo("answer"));
    }

    [Test]
    public async Task CompletedOutput_LeavesTheInputOpen()
    {
        await _server.Output.CompleteAsync();
        Assert.That(await _client.ReadToEndAsync(), Is.Empty);
        await _client.SendAsync("still here");
        Assert.That(await TakeAsync(10), Is.EqualTo("still here"));
    }

    [Test]
    public async Task ClientThatEndsWithoutTheEndOfTls_HasEnded()
    {
        await _client.SendAsync("x");
        _client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.That(await TakeAsync(1), Is.EqualTo("x"));
        Assert.That((await _server.Input.ReadAsync()).IsCompleted);
    }

    [Test]
    public async Task OverdueRead_IsCancelledAndTheNextOneGoesOn()
    {
        _server.ReadBy(_deadlines.In(TimeSpan.FromMilliseconds(50)));
        var read = await _server.Input.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.That(read.IsCanceled && _server.IsReadOverdue);
        _server.Input.AdvanceTo(read.Buffer.End);

        _server.ReadBy(0);
        await _client.SendAsync("late");
        Assert.That(await TakeAsync(4), Is.EqualTo("late"));
    }

    [Test]
    public async Task CancelledRead_IsTheNextOneWhenNoneIsPending()
    {
        await _client.SendAsync("x");
        await TakeAsync(1);
        _server.Input.CancelPendingRead();
        Assert.That(_server.Input.TryRead(out var read) && read.IsCanceled);
        _server.Input.AdvanceTo(read.Buffer.End);
        Assert.That(_server.Input.TryRead(out _), Is.False);
        await _client.SendAsync("y");
        Assert.That(await TakeAsync(1), Is.EqualTo("y"));
    }

    [Test]
    public async Task OverdueWrite_IsCancelled()
    {
        _server.WriteBy(_deadlines.In(TimeSpan.FromMilliseconds(300)));
        var piece = new byte[1024 * 1024];
        var flushed = default(System.IO.Pipelines.FlushResult);
        for (var i = 0; i < 100 && !flushed.IsCanceled; i++)
            flushed = await _server.Output.WriteAsync(piece).AsTask().WaitAsync(Patience);
        Assert.That(flushed.IsCanceled && _server.IsWriteOverdue);
        await _server.DisposeAsync().AsTask().WaitAsync(Patience);
    }

    [Test]
    public async Task Abort_EndsBothSides()
    {
        var reading = _server.Input.ReadAsync().AsTask();
        _server.Abort();
        Assert.That(
            async () => await reading.WaitAsync(Patience),
            Throws.Exception.Matches<Exception>(loss => ConnectionLoss.Is(loss!)));
        await _server.DisposeAsync();
        try
        {
            Assert.That(await _client.ReadToEndAsync(), Is.Empty);
        }
        catch (IOException)
        {
            // A reset is the other possible outcome.
        }

    }

    [Test]
    public async Task Dispose_EndsTheStreamInOrder()
    {
        await _server.Output.WriteAsync("bye"u8.ToArray());
        await _server.DisposeAsync();
        Assert.That(await _client.ReadToEndAsync(), Is.EqualTo("bye"));
    }

    private async Task EchoAsync()
    {
        while (true)
        {
            var read = await _server.Input.ReadAsync();
            foreach (var piece in read.Buffer) await _server.Output.WriteAsync(piece);
            _server.Input.AdvanceTo(read.Buffer.End);
            if (!read.IsCompleted) continue;
            await _server.Output.CompleteAsync();
            return;
        }
    }

    private async Task<string> TakeAsync(int count)
    {
        while (true)
        {
            var read = await _server.Input.ReadAsync().AsTask().WaitAsync(Patience);
            if (read.Buffer.Length >= count)
            {
                var taken = read.Buffer.Slice(0, count);
                var text = Encoding.ASCII.GetString(taken);
                _server.Input.AdvanceTo(taken.End);
                return text;
            }

            _server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) throw new EndOfStreamException();
        }
    }
}
