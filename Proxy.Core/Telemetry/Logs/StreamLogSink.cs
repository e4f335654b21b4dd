namespace Proxy.Core.Telemetry.Logs;

/// <summary>An inherited stream, such as standard output. It is not closed.</summary>
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

    /// <inheritdoc/>
    public bool CanReopen => false;

    /// <summary>Does nothing: the stream has no path to open again.</summary>
    public void Reopen() { }

    /// <inheritdoc/>
    public void Dispose() => stream.Flush();
}
