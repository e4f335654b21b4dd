namespace Proxy.Benchmarks.Harness.Load;

/// <summary>One run of the load generator.</summary>
internal sealed record LoadOrder
{
    public required LoadKind Kind { get; init; }

    /// <summary>Port of the loopback interface that is loaded.</summary>
    public required int Port { get; init; }

    /// <summary>The process whose processor time is measured; 0 for none.</summary>
    public int ProcessId { get; init; }

    public required string Path { get; init; }

    /// <summary>Hosts that are requested in turn, named <see cref="HostName"/>.</summary>
    public int Hosts { get; init; } = 1;

    public int Connections { get; init; } = 64;

    /// <summary>Requests per second, evenly spaced.</summary>
    public required double Rate { get; init; }

    /// <summary>How long requests become due.</summary>
    public required double Seconds { get; init; }

    /// <summary>A request that is not answered so long after the last one was due has failed.</summary>
    public double DrainSeconds { get; init; } = 5;

    /// <summary>How long requests are sent before that as fast as they are answered.</summary>
    public double BusySeconds { get; init; }

    /// <summary>Requests before the measured ones, as fast as they are answered.</summary>
    public int WarmUpRequests { get; init; }

    /// <summary>The name of host <paramref name="index"/>, also as a route is kept under it.</summary>
    public static string HostName(int index) => $"host{index}.bench.test";
}

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
