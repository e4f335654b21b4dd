using System.Collections.Concurrent;
using System.Text;
using Proxy.Core;
using Proxy.Core.Redis;
using Proxy.Core.Routing;

namespace Proxy.Tests.Redis;

/// <summary>What a node needs to choose backends by a real Redis.</summary>
internal sealed class RoutedNode : IAsyncDisposable
{
    private RoutedNode(RedisConnections redis, RoutingSettings settings)
    {
        Redis = redis;
        Router = new Router(new RedisRoutes(redis), settings, Errors.Enqueue);
    }

    public RedisConnections Redis { get; }

    public Router Router { get; }

    public ConcurrentQueue<string> Errors { get; } = new();

    public static Task<RoutedNode> StartAsync(RedisServer redis, RoutingSettings? settings = null) =>
        StartAsync(At("read", redis), At("write", redis), settings);

    public static async Task<RoutedNode> StartAsync(
        RedisEndpoint read, RedisEndpoint write, RoutingSettings? settings = null) =>
        new(await RedisConnections.StartAsync(read, write), settings ?? new RoutingSettings());

    public static RedisEndpoint At(string role, RedisServer redis) =>
        new() { Role = role, Address = redis.EndPoint, Password = redis.Password };

    public ValueTask<Choice> ChooseAsync(string host, Attempt attempt = default) =>
        Router.ChooseAsync(Encoding.Latin1.GetBytes(host), attempt);

    /// <summary>The URL chosen, or the failure's name.</summary>
    public async Task<string> UrlAsync(string host)
    {
        var choice = await ChooseAsync(host);
        return choice.Failure is Failure.None ? choice.Backend!.Url : choice.Failure.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Router.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
