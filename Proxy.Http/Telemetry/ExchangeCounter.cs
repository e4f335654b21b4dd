namespace Proxy.Http.Telemetry;

/// <summary>The counters without labels. Those that every request touches come first, in one cache line.</summary>
internal enum ExchangeCounter
{
    /// <summary>Requests whose head was read.</summary>
    Begun,

    /// <summary>Requests that have ended, or have become a tunnel.</summary>
    Ended,

    /// <summary>Bytes of request bodies.</summary>
    RequestBytes,

    /// <summary>Bytes of response bodies.</summary>
    ResponseBytes,

    /// <summary>Tunnels that were opened.</summary>
    TunnelsBegun,

    /// <summary>Tunnels that have ended.</summary>
    TunnelsEnded,

    /// <summary>Bytes from clients through tunnels.</summary>
    TunnelBytesToBackends,

    /// <summary>Bytes to clients through tunnels.</summary>
    TunnelBytesToClients,

    /// <summary>Retries on another backend.</summary>
    RetriesOnOtherBackend,

    /// <summary>Retries on a new connection to the same backend, after a stale pooled connection.</summary>
    RetriesOnNewConnection,
}
