namespace Proxy.Core.Telemetry;

/// <summary>A stream that was open before us, like standard output. It is not ours to close.</summary>
internal sealed class StreamLogSink(string name, Stream stream) : ILogSink
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> lines)
    {
        stream.Write(lines);
        stream.Flush();
        return lines.Length;
    }

    /// <summary>There is nothing to be found anew.</summary>
    public void Reopen() { }

    /// <inheritdoc/>
    public void Dispose() => stream.Flush();
}
