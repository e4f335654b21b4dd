using System.Collections.Concurrent;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>Routes that the test sets, without a Redis.</summary>
internal sealed class FixedRoutes : IRouteStore
{
    private readonly ConcurrentDictionary<string, string[]> _lists = new();

    public ConcurrentBag<string> Dead { get; } = [];

    /// <summary>What asking fails with, when it does.</summary>
    public string? Failure { get; set; }

    public void Set(string host, params string[] urls) => _lists[host] = [host, .. urls];

    public Task<StoredRoute?> ReadAsync(string[] names, int likely)
    {
        if (Failure is not null) throw new RoutesUnavailableException(Failure);
        for (var i = 0; i < names.Length; i++)
        {
            if (_lists.TryGetValue(names[i], out var list) && list.Length > 1)
                return Task.FromResult<StoredRoute?>(new StoredRoute(i, list, IndexesOf(list), null));
        }

        return Task.FromResult<StoredRoute?>(null);
    }

    public Task<int> PublishDeadAsync(DeadNotice death)
    {
        Dead.Add(death.Url);
        return Task.FromResult(death.Index);
    }

    public Task PublishAliveAsync(DeadNotice death) => Task.CompletedTask;

    public ValueTask<string?> PingAsync() => new(Failure);

    private int[] IndexesOf(string[] list) =>
        [.. Enumerable.Range(0, list.Length - 1).Where(index => Dead.Contains(list[index + 1]))];
}
