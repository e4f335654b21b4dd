namespace Proxy.Benchmarks.Harness.Load;

/// <summary>The kind of a request.</summary>
internal enum LoadKind
{
    /// <summary>GET on a keep-alive connection.</summary>
    KeepAlive,

    /// <summary>GET on a new connection, which is closed after it.</summary>
    NewConnection,

    /// <summary>GET on a keep-alive TLS connection.</summary>
    Tls,

    /// <summary>A message of 64 bytes to an upgraded connection, and its echo.</summary>
    Websocket,
}
