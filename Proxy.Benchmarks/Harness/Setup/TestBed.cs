using Proxy.Benchmarks.Harness.Load;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>
/// Everything around the proxy: Redis, backends, the generator. Each round starts the proxy anew, so that the luck of
/// one process (where its memory lies, how its tables hash) is not taken for a property of its build.
/// </summary>
internal sealed class TestBed : IAsyncDisposable
{
    private const double RehearsalSeconds = 0.3;
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

    /// <param name="cores">Who runs where.</param>
    /// <param name="folder">Takes what is written meanwhile.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="BenchFailure">A part of it does not start.</exception>
    public static async Task<TestBed> OpenAsync(Cores cores, string folder, CancellationToken stop)
    {
        var redis = await ScratchRedis.StartAsync(cores.Load, folder, stop);
        try
        {
            var theatre = new TestBed(cores, folder, redis, await Backends.StartAsync(cores.Load, stop));
            // The generator compiles itself.
            await theatre.MeasureBareAsync(Scenario.All[0], RehearsalSeconds, stop);
            return theatre;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes a scene's routes.</summary>
    public Task PrepareAsync(Scenario scene, CancellationToken stop)
    {
        var route = string.Join(' ', scene.Route.Select(Url));
        return _redis.SendAsync(
            ["flushall", .. Enumerable.Range(0, scene.Hosts).Select(host => $"rpush {Key(host)} bench {route}")], stop);
    }

    /// <summary>Measures one build for so many seconds.</summary>
    /// <exception cref="BenchFailure">It does not start.</exception>
    public async Task<Measurement> MeasureAsync(Scenario scene, Build build, double seconds, CancellationToken stop)
    {
        await _redis.SendAsync([$"del dead:{LoadOrder.HostName(0)}"], stop);
        File.Delete(AccessLog);
        await using var proxy = await RunningProxy.StartAsync(build, Arguments(scene, build), _cores.Proxy, stop);
        var order = OrderOf(scene, scene.Kind == LoadKind.Tls ? proxy.TlsPort : proxy.Port, seconds) with
        {
            ProcessId = proxy.Id,
            BusySeconds = seconds * BusyShare,
        };
        var allocated = await proxy.AllocatedBytesAsync(stop);
        using var changing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var changes = ChangeRoutesAsync(scene, changing.Token);
        var result = await _generator.RunAsync(order, stop);
        await changing.CancelAsync();
        await changes;
        return MeasurementOf(result, proxy.ResidentBytes, await proxy.AllocatedBytesAsync(stop) - allocated);
    }

    /// <summary>The same load without a proxy: what of the latency is not the proxy's.</summary>
    public async Task<Measurement> MeasureBareAsync(Scenario scene, double seconds, CancellationToken stop) =>
        MeasurementOf(await _generator.RunAsync(OrderOf(scene, _backends.Ports[0], seconds), stop), null, null);

    public async ValueTask DisposeAsync()
    {
        await _generator.DisposeAsync();
        await _backends.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private static LoadOrder OrderOf(Scenario scene, int port, double seconds) => new()
    {
        Kind = scene.Kind,
        Port = port,
        Path = scene.Path,
        Hosts = scene.Hosts,
        Connections = scene.Connections,
        Rate = scene.Rate,
        Seconds = seconds,
        WarmUpRequests = scene.WarmUpRequests,
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

    private string[] Arguments(Scenario scene, Build build)
    {
        string[] tls = scene.Kind == LoadKind.Tls
            ? ["--load-certificates-from", _certificates, "--default-certificate", Certificate.Name]
            : [];
        return
        [
            "--read-redis-port", $"{_redis.Port}", "--write-redis-port", $"{_redis.Port}",
            "--access-log", AccessLog, .. tls, .. scene.Flags, .. build.Flags,
        ];
    }

    // A change moves a host to the other backend, in an order of its own.
    private async Task ChangeRoutesAsync(Scenario scene, CancellationToken stop)
    {
        if (scene.RouteChanges == 0) return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / scene.RouteChanges));
        var random = new Random(1);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var change = $"lset {Key(random.Next(scene.Hosts))} 1 {Url(random.Next(2))}";
                await _redis.SendAsync([change], CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }
}
