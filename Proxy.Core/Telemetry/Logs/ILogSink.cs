namespace Proxy.Core.Telemetry.Logs;

/// <summary>Where lines go. One thread uses it; it may block.</summary>
internal interface ILogSink : IDisposable
{
    /// <summary>What it is, in messages: <c>access log /var/log/planb.log</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Takes some of <paramref name="lines"/>, at least a byte, and returns how many. Throws when it can take none now;
    /// the caller tries again later.
    /// </summary>
    int Write(ReadOnlySpan<byte> lines);

    /// <summary>Whether something else, or nothing, is found under the sink's name by now.</summary>
    bool HasMoved => false;

    /// <summary>Whether there is anything to reopen; not what the process was given open.</summary>
    bool CanReopen => true;

    /// <summary>
    /// Goes on with what is now found under the sink's name. When that cannot be opened it throws, and the old one
    /// stays in use.
    /// </summary>
    void Reopen();
}
