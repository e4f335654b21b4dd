namespace Proxy.Benchmarks.Harness.Load;

/// <summary>What a request of the load is.</summary>
internal enum LoadKind
{
    /// <summary>GET on a connection that is kept.</summary>
    KeepAlive,

    /// <summary>GET on a new connection, which is closed after it.</summary>
    NewConnection,

    /// <summary>GET on a TLS connection that is kept.</summary>
    Tls,

    /// <summary>A message of 64 bytes to an upgraded connection, and its echo.</summary>
    Websocket,
}
