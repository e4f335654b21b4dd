using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Proxy.Core.Transport;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>A client that sends nothing and keeps what it receives.</summary>
internal sealed class MemoryClient : Connection
{
    private readonly Pipe _sent = new(new PipeOptions(pauseWriterThreshold: 0));

    public override PipeReader Input => throw new NotSupportedException("nothing comes from this client");

    public override PipeWriter Output => _sent.Writer;

    public override EndPoint PeerEndPoint { get; } = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 1234);

    /// <summary>Everything that was written since the last time.</summary>
    public byte[] TakeSent()
    {
        _ = _sent.Writer.FlushAsync().AsTask();
        if (!_sent.Reader.TryRead(out var read)) return [];
        var bytes = read.Buffer.ToArray();
        _sent.Reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }

    public override void Abort() => _sent.Writer.Complete();

    public override ValueTask DisposeAsync() => _sent.Writer.CompleteAsync();
}
