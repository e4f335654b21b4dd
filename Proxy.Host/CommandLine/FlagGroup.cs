namespace Proxy.Host.CommandLine;

/// <summary>The headings of <c>--help</c>, in its order.</summary>
internal enum FlagGroup
{
    Listen,
    Tls,
    Redis,
    Timeouts,
    Routing,
    Logs,
    Other,
}
