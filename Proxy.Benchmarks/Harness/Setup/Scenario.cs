using Proxy.Benchmarks.Harness.Load;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>A load that proxies are measured under.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>What happens in it, for the report.</summary>
    public required string Title { get; init; }

    public LoadKind Kind { get; init; } = LoadKind.KeepAlive;

    public string Path { get; init; } = "/small";

    public int Connections { get; init; } = 64;

    public required double Rate { get; init; }

    public int WarmUpRequests { get; init; } = 2000;

    public int Hosts { get; init; } = 1;

    /// <summary>Routes that are changed in Redis each second.</summary>
    public int RouteChanges { get; init; }

    /// <summary>Positions in <see cref="Backends.Ports"/> that each route has; 2 is the one that refuses.</summary>
    public int[] Route { get; init; } = [0];

    /// <summary>Flags that the proxy needs for it.</summary>
    public string[] Flags { get; init; } = [];

    /// <summary>All scenarios, the quick one first. Rates leave a core of 2020 mostly idle: latency is not congestion.
    /// </summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new() { Name = "small", Title = "200 bytes, connections kept", Rate = 6000 },
        new() { Name = "16k", Title = "16 KiB, connections kept", Rate = 4000, Path = "/16k" },
        new()
        {
            Name = "1m", Title = "1 MiB, connections kept", Rate = 150, Path = "/1m", Connections = 16,
            WarmUpRequests = 64,
        },
        new()
        {
            Name = "new", Title = "200 bytes, a new connection each", Rate = 1500, Kind = LoadKind.NewConnection,
            WarmUpRequests = 300,
        },
        new() { Name = "tls", Title = "200 bytes over TLS, connections kept", Rate = 3000, Kind = LoadKind.Tls },
        new() { Name = "websocket", Title = "echo of 64 bytes", Rate = 6000, Kind = LoadKind.Websocket },
        new()
        {
            Name = "hosts", Title = "200 bytes of 10,000 hosts, 100 routes changed a second", Rate = 4000,
            Hosts = 10_000, WarmUpRequests = 10_000, RouteChanges = 100,
        },
        new()
        {
            Name = "dead", Title = "200 bytes, one of three backends dead and tried each second", Rate = 4000,
            Route = [0, 1, 2], Flags = ["--dead-backend-time", "1"],
        },
    ];
}
