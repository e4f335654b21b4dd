namespace Proxy.Core.Telemetry.Logs;

/// <summary>The destination of log lines. One thread uses it; it may block.</summary>
internal interface ILogSink : IDisposable
{
    /// <summary>Its name in messages: <c>access log /var/log/planb.log</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Takes some of <paramref name="lines"/>, at least a byte, and returns how many. Throws if it can take none now;
    /// the caller tries again later.
    /// </summary>
    int Write(ReadOnlySpan<byte> lines);

    /// <summary>Whether the sink's path now refers to something else, or to nothing.</summary>
    bool HasMoved => false;

    /// <summary>Whether the sink can be reopened; false for an inherited stream.</summary>
    bool CanReopen => true;

    /// <summary>
    /// Continues with what the sink's path now refers to. If that cannot be opened it throws, and the old file stays in
    /// use.
    /// </summary>
    void Reopen();
}
