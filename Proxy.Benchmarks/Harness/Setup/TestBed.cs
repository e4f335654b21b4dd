using Proxy.Benchmarks.Harness.Load;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>
/// Everything around the proxy: Redis, backends, the generator. Each round starts a new process of the proxy, so that
/// chance effects of one process (memory layout, hash seeds) are not taken for properties of the build.
/// </summary>
internal sealed class TestBed : IAsyncDisposable
{
    private const double WarmUpSeconds = 0.3;
    private const double BusyShare = 0.4;

    private readonly Cores _cores;
    private readonly string _folder;
    private readonly string _certificates;
    private readonly ScratchRedis _redis;
    private readonly Backends _backends;
    private readonly Generator _generator;

    private TestBed(Cores cores, string folder, ScratchRedis redis, Backends backends)
    {
        (_cores, _folder, _redis, _backends) = (cores, folder, redis, backends);
        _certificates = Certificate.WriteInto(folder);
        _generator = new Generator(cores.Load);
    }

    /// <param name="cores">The cores of each process.</param>
    /// <param name="folder">For temporary files.</param>
    /// <param name="stop">Cancels the start.</param>
    /// <exception cref="BenchFailure">A part of it does not start.</exception>
    public static async Task<TestBed> OpenAsync(Cores cores, string folder, CancellationToken stop)
    {
        var redis = await ScratchRedis.StartAsync(cores.Load, folder, stop);
        try
        {
            var testBed = new TestBed(cores, folder, redis, await Backends.StartAsync(cores.Load, stop));
            // A first run warms up the generator: the runtime compiles it.
            await testBed.MeasureBareAsync(Scenario.All[0], WarmUpSeconds, stop);
            return testBed;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes a scenario's routes.</summary>
    public Task PrepareAsync(Scenario scenario, CancellationToken stop)
    {
        var route = string.Join(' ', scenario.Route.Select(Url));
        return _redis.SendAsync(
            ["flushall", .. Enumerable.Range(0, scenario.Hosts).Select(it => $"rpush {Key(it)} bench {route}")], stop);
    }

    /// <summary>Measures one build for so many seconds.</summary>
    /// <exception cref="BenchFailure">It does not start.</exception>
    public async Task<Measurement> MeasureAsync(Scenario scenario, Build build, double seconds, CancellationToken stop)
    {
        await _redis.SendAsync([$"del dead:{LoadOrder.HostName(0)}"], stop);
        File.Delete(AccessLog);
        await using var proxy = await RunningProxy.StartAsync(build, Arguments(scenario, build), _cores.Proxy, stop);
        var order = OrderOf(scenario, scenario.Kind == LoadKind.Tls ? proxy.TlsPort : proxy.Port, seconds) with
        {
            ProcessId = proxy.Id,
            BusySeconds = seconds * BusyShare,
        };
        var allocated = await proxy.AllocatedBytesAsync(stop);
        using var changing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var changes = ChangeRoutesAsync(scenario, changing.Token);
        var result = await _generator.RunAsync(order, stop);
        await changing.CancelAsync();
        await changes;
        return MeasurementOf(result, proxy.ResidentBytes, await proxy.AllocatedBytesAsync(stop) - allocated);
    }

    /// <summary>Measures the same load without a proxy: the part of the latency that is not due to the proxy.</summary>
    public async Task<Measurement> MeasureBareAsync(Scenario scenario, double seconds, CancellationToken stop) =>
        MeasurementOf(await _generator.RunAsync(OrderOf(scenario, _backends.Ports[0], seconds), stop), null, null);

    public async ValueTask DisposeAsync()
    {
        await _generator.DisposeAsync();
        await _backends.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private static LoadOrder OrderOf(Scenario scenario, int port, double seconds) => new()
    {
        Kind = scenario.Kind,
        Port = port,
        Path = scenario.Path,
        Hosts = scenario.Hosts,
        Connections = scenario.Connections,
        Rate = scenario.Rate,
        Seconds = seconds,
        WarmUpRequests = scenario.WarmUpRequests,
    };

    private static Measurement MeasurementOf(LoadResult result, double? resident, double? allocated) => new()
    {
        Requests = result.Requests,
        Failures = result.Failures,
        FirstFailure = result.FirstFailure,
        BusyCpuMicroseconds = result.BusyProcessorTime / 1000,
        CpuMicroseconds = result.ProcessorTime / 1000,
        Histogram = result.Histogram,
        ResidentBytes = resident,
        AllocatedBytes = allocated / Math.Max(1, result.Requests),
        GeneratorShare = result.OwnShare,
        LateShare = result.LateShare,
        QueuedShare = result.QueuedShare,
    };

    private static string Key(int host) => $"frontend:{LoadOrder.HostName(host)}";

    private string AccessLog => Path.Combine(_folder, "access.log");

    private string Url(int position) => $"http://127.0.0.1:{_backends.Ports[position]}";

    private string[] Arguments(Scenario scenario, Build build)
    {
        string[] tls = scenario.Kind == LoadKind.Tls
            ? ["--load-certificates-from", _certificates, "--default-certificate", Certificate.Name]
            : [];
        return
        [
            "--read-redis-port", $"{_redis.Port}", "--write-redis-port", $"{_redis.Port}",
            "--access-log", AccessLog, .. tls, .. scenario.Flags, .. build.Flags,
        ];
    }

    // A change moves a host to the other backend, in a fixed random order.
    private async Task ChangeRoutesAsync(Scenario scenario, CancellationToken stop)
    {
        if (scenario.RouteChanges == 0) return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / scenario.RouteChanges));
        var random = new Random(1);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var change = $"lset {Key(random.Next(scenario.Hosts))} 1 {Url(random.Next(2))}";
                await _redis.SendAsync([change], CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }
}
