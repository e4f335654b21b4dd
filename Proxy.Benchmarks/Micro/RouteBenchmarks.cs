using System.Text;
using BenchmarkDotNet.Attributes;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Selection;
using Proxy.Core.Routing.Table;

namespace Proxy.Benchmarks.Micro;

/// <summary>What choosing a backend costs when the route is in memory.</summary>
[MemoryDiagnoser]
public class RouteBenchmarks : IDisposable
{
    private const int HostsCount = 100_000;
    private const int HostsAsked = 1024;

    private readonly byte[][] _hosts = [.. Enumerable.Range(0, HostsAsked).Select(i => Host(i * 97))];
    private readonly byte[] _unknown = Encoding.Latin1.GetBytes("unknown.example.org");
    private Router _router = null!;
    private int _next;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        var changes = new ChangeTracker(new Clock());
        changes.Connect();
        _router = new Router(new ListedRoutes(), new RoutingSettings(), changes, Console.Error.WriteLine);
        for (var i = 0; i < HostsCount; i++) await _router.ChooseAsync(Host(i));
        await _router.ChooseAsync(_unknown);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _router.DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public Backend? OneHost() => Choose(_hosts[0]).Backend;

    [Benchmark]
    public Backend? ManyHosts() => Choose(_hosts[_next++ & (HostsAsked - 1)]).Backend;

    [Benchmark]
    public Backend? UnknownHost() => Choose(_unknown).Backend;

    private Choice Choose(byte[] host)
    {
        var choice = _router.ChooseAsync(host);
        return choice.IsCompletedSuccessfully ? choice.Result : throw new InvalidOperationException("not in memory");
    }

    private static byte[] Host(int number) => Encoding.Latin1.GetBytes($"app-{number}.example.com");

    /// <summary>Three backends for every host of example.com.</summary>
    private sealed class ListedRoutes : IRouteStore
    {
        private static readonly string[] List = ["app", "http://10.0.0.1", "http://10.0.0.2", "http://10.0.0.3"];

        public Task<StoredRoute?> ReadAsync(string[] names, int likely) => Task.FromResult(
            names[0].EndsWith(".example.com", StringComparison.Ordinal) ? new StoredRoute(0, List, [], null) : null);

        public Task<int> PublishDeadAsync(DeadNotice death) => Task.FromResult(death.Index);

        public Task PublishAliveAsync(DeadNotice death) => Task.CompletedTask;

        public ValueTask<string?> PingAsync() => new((string?)null);
    }
}
