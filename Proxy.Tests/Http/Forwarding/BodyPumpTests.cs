using System.IO.Pipelines;
using System.Net;
using System.Text;
using NUnit.Framework;
using Proxy.Core.Transport;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http1;

namespace Proxy.Tests.Http.Forwarding;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BodyPumpTests : IAsyncDisposable
{
    private readonly Ends _backend = new();
    private readonly Ends _client = new();
    private readonly BodyPump _pump = new(new Http1BodyReader(), Http1BodyWriter.Instance);

    [Test]
    public async Task SmallChunksThatCameTogether_LeaveTogetherWithoutTheirFraming()
    {
        await _backend.ComeAsync(string.Concat(Enumerable.Repeat("1\r\nx\r\n", 10_000)) + "0\r\n\r\n");
        Assert.That(await RunAsync(), Is.EqualTo(BodyEnd.Complete));
        Assert.That(_client.Sent, Is.EqualTo(new string('x', 10_000)));
        Assert.That(_client.Flushes, Is.EqualTo(1));
    }

    [Test]
    public async Task ManySmallChunks_AreNotGatheredWithoutBound()
    {
        await _backend.ComeAsync(string.Concat(Enumerable.Repeat("1\r\nx\r\n", 40_000)) + "0\r\n\r\n");
        Assert.That(await RunAsync(), Is.EqualTo(BodyEnd.Complete));
        Assert.That(_client.Flushes, Is.EqualTo(3));
    }

    [Test]
    public async Task SmallChunk_LeavesBeforeTheNextIsWaitedFor()
    {
        await _backend.ComeAsync("1\r\nx\r\n");
        var running = RunAsync();
        Assert.That(_client.Sent, Is.EqualTo("x"));
        await _backend.ComeAsync("1\r\ny\r\n0\r\n\r\n");
        Assert.That(await running, Is.EqualTo(BodyEnd.Complete));
        Assert.That(_client.Sent, Is.EqualTo("y"));
    }

    public async ValueTask DisposeAsync()
    {
        await _backend.DisposeAsync();
        await _client.DisposeAsync();
    }

    private Task<BodyEnd> RunAsync()
    {
        _pump.Begin(_backend, _client, BodyPlan.ChunkedToContent, new ResponseHead());
        return _pump.RunAsync().AsTask();
    }

    /// <summary>A connection whose other end is the test; it counts how often something is sent.</summary>
    private sealed class Ends : Connection
    {
        private static readonly PipeOptions Unbounded = new(pauseWriterThreshold: 0, useSynchronizationContext: false);
        private readonly Pipe _received = new(Unbounded);
        private readonly Pipe _sent = new(Unbounded);
        private readonly CountingWriter _output;

        public Ends() => _output = new CountingWriter(_sent.Writer);

        public override PipeReader Input => _received.Reader;

        public override PipeWriter Output => _output;

        public override EndPoint PeerEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public int Flushes => _output.Flushes;

        public string Sent
        {
            get
            {
                if (!_sent.Reader.TryRead(out var read)) return "";
                var text = Encoding.Latin1.GetString(read.Buffer);
                _sent.Reader.AdvanceTo(read.Buffer.End);
                return text;
            }
        }

        public async Task ComeAsync(string text) => await _received.Writer.WriteAsync(Encoding.Latin1.GetBytes(text));

        public override void Abort() => _received.Writer.Complete();

        public override ValueTask DisposeAsync() => _received.Writer.CompleteAsync();
    }

    private sealed class CountingWriter(PipeWriter inner) : PipeWriter
    {
        public int Flushes { get; private set; }

        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            Flushes++;
            return inner.FlushAsync(cancellationToken);
        }
    }
}
