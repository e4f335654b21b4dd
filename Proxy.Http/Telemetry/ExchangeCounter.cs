namespace Proxy.Http.Telemetry;

/// <summary>What is counted without further distinction; what every request touches comes first.</summary>
internal enum ExchangeCounter
{
    /// <summary>Requests whose head was read.</summary>
    Begun,

    /// <summary>Those of them that are over, or have become a tunnel.</summary>
    Ended,

    /// <summary>Bytes of requests' bodies.</summary>
    RequestBytes,

    /// <summary>Bytes of responses' bodies.</summary>
    ResponseBytes,

    /// <summary>Tunnels that were opened.</summary>
    TunnelsBegun,

    /// <summary>Those of them that have ended.</summary>
    TunnelsEnded,

    /// <summary>Bytes from clients through tunnels.</summary>
    TunnelBytesToBackends,

    /// <summary>Bytes to clients through tunnels.</summary>
    TunnelBytesToClients,

    /// <summary>Further backends that were tried.</summary>
    RetriesOnOtherBackend,

    /// <summary>New connections to a backend that were made as a kept one turned out to be dead.</summary>
    RetriesOnNewConnection,
}
