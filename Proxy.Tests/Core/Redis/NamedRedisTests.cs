using System.Net;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Connections;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Redis;

/// <summary>A Redis known by name is resolved as backends are, each time it is connected to.</summary>
public sealed class NamedRedisTests
{
    [Test]
    public async Task NameOfRedisThatMoves_IsFollowedAtTheNextReconnect()
    {
        using var redis = RedisServer.Start("--bind", "127.0.0.1", "127.0.0.2");
        await using var bed = new ResolverSetup();
        bed.Server.Set("redis.test", 1, "127.0.0.2");
        var at = new RedisEndpoint { Role = "read", Address = new DnsEndPoint("redis.test", redis.Port) };
        await using var connections = await RedisConnections.StartAsync(at, at, bed.Resolver);
        await Eventually.IsTrue(() => connections.Read.IsUp && connections.Write.IsUp, "it is connected");
        Assert.That(AddressesIn(redis), Is.Not.Empty.And.All.EqualTo("127.0.0.2"));

        bed.Server.Set("redis.test", 1, "127.0.0.1");
        bed.Time.Advance(TimeSpan.FromMinutes(1));
        redis.Cli("client", "kill", "type", "normal", "skipme", "yes");
        redis.Cli("client", "kill", "type", "pubsub");
        await Eventually.IsTrue(
            async () => await connections.Read.PingAsync() is null && await connections.Write.PingAsync() is null
                && AddressesIn(redis) is { Length: > 0 } now && Array.TrueForAll(now, it => it == "127.0.0.1"),
            "it is connected to the new address");
    }

    [Test]
    public async Task AddressOfRedisThatRefuses_IsPassedOver()
    {
        using var redis = RedisServer.Start();
        await using var bed = new ResolverSetup();
        bed.Server.Set("redis.test", 60, "::1", "127.0.0.9", "127.0.0.1");
        var at = new RedisEndpoint { Role = "read", Address = new DnsEndPoint("redis.test", redis.Port) };
        await using var connections = await RedisConnections.StartAsync(at, at, bed.Resolver);
        await Eventually.IsTrue(() => connections.Read.IsUp && connections.Write.IsUp, "it is connected");
    }

    [Test]
    public async Task NameOfRedisThatDoesNotExist_IsSaid()
    {
        await using var bed = new ResolverSetup();
        var at = new RedisEndpoint { Role = "read", Address = new DnsEndPoint("redis.test", 6379) };
        var found = await RedisConnectionCheck.RunAsync(at, bed.Resolver);
        Assert.That(found.Single().Text, Is.EqualTo("redis.test:6379: cannot resolve redis.test: no such name"));
    }

    [Test]
    public async Task NameOfRedisThatResolvesLater_IsConnectedTo()
    {
        using var redis = RedisServer.Start();
        await using var bed = new ResolverSetup();
        bed.Server.Set("redis.test", DnsReply.ServerFailure);
        var at = new RedisEndpoint { Role = "read", Address = new DnsEndPoint("redis.test", redis.Port) };
        await using var connections = await RedisConnections.StartAsync(at, at, bed.Resolver);
        Assert.That(connections.Read.IsUp, Is.False);
        bed.Server.Set("redis.test", 60, "127.0.0.1");
        bed.Time.Advance(NameResolver.RetryTimeMax);
        await Eventually.IsTrue(() => connections.Read.IsUp && connections.Write.IsUp, "it is connected");
    }

    // The addresses at which the server was connected to.
    private static string[] AddressesIn(RedisServer redis) =>
        [.. from client in redis.Cli("client", "list").Split('\n')
            where client.Contains("name=planb", StringComparison.Ordinal)
            from word in client.Split(' ')
            where word.StartsWith("laddr=", StringComparison.Ordinal)
            select word["laddr=".Length..].Split(':')[0]];
}
