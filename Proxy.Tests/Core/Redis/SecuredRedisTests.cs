using System.Net;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;
using Proxy.Tests.Fixtures.Transport;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Core.Redis;

/// <summary>A Redis that speaks TLS, has users with few rights, or Sentinels with a password.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SecuredRedisTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-secured-").FullName;
    private readonly TestAuthority _authority = new();
    private readonly ReservedPort _tlsPort = new();

    public void Dispose()
    {
        _authority.Dispose();
        _tlsPort.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task TlsWithCertificatesOnBothSides_CarriesCommandsAndPushes()
    {
        using var redis = StartWithTls("localhost");
        redis.AddRoute("a.com", "a", "http://b", "http://c");
        var at = At("localhost") with { Tls = new RedisTls(Authority(), File("us.crt"), File("us.key"), false) };
        await using var node = await RoutedNode.StartAsync(at, at with { Role = "write" });
        await node.SettleAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://b"));
        redis.Cli("del", "frontend:a.com");
        redis.AddRoute("a.com", "a", "http://d");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://d", "the change is pushed");
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => redis.Cli("smembers", "dead:a.com") == "0", "the mark is published");
        var found = await RedisConnectionCheck.RunAsync(
            at, SystemNames.Resolver);
        Assert.That(found.Single().Problem, Is.EqualTo(RedisProblem.None));
    }

    [Test]
    public async Task PasswordThatIsWantedLater_IsToldWithItsFlagsAndIsNoLackOfRoutes()
    {
        using var redis = RedisServer.Start();
        redis.AddRoute("a.com", "a", "http://a");
        redis.AddRoute("b.com", "b", "http://b");
        await using var node = await RoutedNode.StartAsync(redis);
        await node.SettleAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));

        redis.CliFrom(Script(
            "config set requirepass secret", "auth secret",
            "client kill type normal skipme yes", "client kill type pubsub"));
        const string Flags = "NOAUTH Authentication required. (--read-redis-user, --read-redis-password)";
        await Eventually.IsTrue(
            () => node.Errors.Any(line => line.Contains(Flags, StringComparison.Ordinal)), "the flags are named");
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));
        var unknown = await node.ChooseAsync("b.com");
        Assert.That(unknown.Failure, Is.EqualTo(Failure.RoutesUnavailable));
        Assert.That(unknown.Detail, Does.Contain(Flags));
        Assert.That(node.Router.IsUntracked, Is.False, "it is away, and not too old");

        redis.CliFrom(Script("auth secret", "config set requirepass \"\""));
        await Eventually.IsTrue(async () => await node.UrlAsync("b.com") == "http://b", "it is back");
        await Eventually.IsTrue(() => node.Changes.Epoch > 0, "changes are pushed");
        Assert.That(node.Errors, Has.Exactly(1).Contains(Flags).And.Exactly(1).Contains("Redis is available again:"));
    }

    [TestCase("unknown", RedisProblem.Handshake, "certificate signed by unknown authority")]
    [TestCase("othername", RedisProblem.Handshake, "is not valid for")]
    [TestCase("plain", RedisProblem.Unreachable, "no answer within")]
    [TestCase("nokey", RedisProblem.Files, "no.key")]
    public async Task TlsThatCannotBe_IsRefusedAtStartWithItsReason(string what, RedisProblem problem, string reason)
    {
        using var redis = StartWithTls(what == "othername" ? "elsewhere" : "localhost");
        var key = what == "nokey" ? File("no.key") : File("us.key");
        var tls = new RedisTls(what == "unknown" ? null : Authority(), File("us.crt"), key, false);
        var at = At("localhost") with { Tls = tls };
        if (what == "plain") at = at with { Address = redis.EndPoint };
        if (problem != RedisProblem.Unreachable)
        {
            Assert.That(
                async () => await RedisConnections.StartAsync(at, at, SystemNames.Resolver),
                Throws.TypeOf<RedisRefusedException>().With.Message.Contains(reason));
        }

        var found = await RedisConnectionCheck.RunAsync(
            at, SystemNames.Resolver);
        Assert.That(found.Single().Problem, Is.EqualTo(problem));
        Assert.That(found.Single().Text, Does.Contain(reason));
    }

    [Test]
    public async Task OwnCertificateBelowAnIntermediateOne_IsSentWithItsChain()
    {
        using var redis = StartWithTls("localhost");
        using var middle = new TestAuthority("Middle", _authority);
        var own = middle.Issue("us");
        System.IO.File.WriteAllText(File("us.crt"), own.Certificate);
        System.IO.File.WriteAllText(File("us.key"), own.Key);
        var at = At("localhost") with { Tls = new RedisTls(Authority(), File("us.crt"), File("us.key"), false) };
        await using var node = await RoutedNode.StartAsync(at, at with { Role = "write" });
        await node.SettleAsync(redis);
        var found = await RedisConnectionCheck.RunAsync(
            at, SystemNames.Resolver);
        Assert.That(found.Single().Problem, Is.EqualTo(RedisProblem.None));
    }

    [Test]
    public async Task InsecureTls_BelievesAnyCertificate()
    {
        using var redis = StartWithTls("elsewhere");
        redis.AddRoute("a.com", "a", "http://b");
        var at = At("localhost") with { Tls = new RedisTls(null, File("us.crt"), File("us.key"), IsInsecure: true) };
        await using var node = await RoutedNode.StartAsync(at, at);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://b"));
    }

    [Test]
    public async Task UserWithTheRightsOfTheManual_IsEnough()
    {
        using var redis = RedisServer.Start();
        var manual = Repository.Read("docs/operations.md").Split('\n');
        var command = manual.Single(line => line.StartsWith("redis-cli acl setuser", StringComparison.Ordinal));
        await Shell.RunAsync(command.Replace("redis-cli", $"redis-cli -p {redis.Port}", StringComparison.Ordinal));
        redis.AddRoute("a.com", "a", "http://b", "http://c");

        var login = new RedisLogin("planb", "PASSWORD");
        var at = RoutedNode.At("read", redis) with { Login = login };
        await using var node = await RoutedNode.StartAsync(at, at with { Role = "write" });
        node.StartMonitor((_, _, _) => Task.FromResult(true), TimeSpan.FromSeconds(30));
        await node.SettleAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://b"));
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => redis.Cli("get", "dead:a.com:http://c").Length > 0, "the monitor watches it");
        await Eventually.IsTrue(() => redis.Cli("exists", "dead:a.com") == "0", "the monitor revives it");
        foreach (var role in (string[])["read", "write"])
        {
            var found = await RedisConnectionCheck.RunAsync(
            at with { Role = role }, SystemNames.Resolver);
            Assert.That(found.Single().Problem, Is.EqualTo(RedisProblem.None), found[0].Text);
        }

        Assert.That(redis.Cli("exists", "dead:planb.check"), Is.EqualTo("0"), "trying has changed nothing");
    }

    [TestCase("read", "-lrange", RedisProblem.Command, "LRANGE")]
    [TestCase("read", "-client|tracking", RedisProblem.NoPush, "TRACKING")]
    [TestCase("write", "-sadd", RedisProblem.Command, "SADD")]
    [TestCase("write", "resetchannels", RedisProblem.Command, "PUBLISH")]
    public async Task UserWithoutARight_IsFoundOutByTrying(string role, string right, RedisProblem problem, string text)
    {
        using var redis = RedisServer.Start();
        redis.Cli("acl", "setuser", "planb", "on", ">pw", "~*", "&*", "+@all", right);
        var at = RoutedNode.At(role, redis) with { Login = new RedisLogin("planb", "pw") };
        var found = await RedisConnectionCheck.RunAsync(
            at, SystemNames.Resolver);
        Assert.That(found[0].Problem, Is.EqualTo(problem));
        Assert.That(found[0].Text, Does.Contain(text).And.Contain("NOPERM"));
    }

    [Test]
    public async Task ReplicaToWriteTo_IsFoundOutByTrying()
    {
        using var master = RedisServer.Start();
        using var replica = RedisServer.Start("--replicaof", $"127.0.0.1 {master.Port}");
        await Eventually.IsTrue(
            () => replica.Cli("info", "replication").Contains("link_status:up", StringComparison.Ordinal), "linked");
        var found = await RedisConnectionCheck.RunAsync(RoutedNode.At("write", replica), SystemNames.Resolver);
        Assert.That(found.Select(it => it.Problem), Has.Some.EqualTo(RedisProblem.ReadOnly));
        var read = await RedisConnectionCheck.RunAsync(RoutedNode.At("read", replica), SystemNames.Resolver);
        Assert.That(read.Single().Problem, Is.EqualTo(RedisProblem.None));
    }

    [Test]
    public async Task SentinelWithAPassword_IsToldIt()
    {
        using var master = RedisServer.Start();
        using var sentinel = RedisServer.StartSentinel(master, "secret");
        master.AddRoute("a.com", "a", "http://b");
        var at = new RedisEndpoint
        {
            Role = "read", Address = master.EndPoint, Sentinels = [sentinel.EndPoint], SentinelName = "mymaster",
            SentinelLogin = new RedisLogin("", "secret"),
        };
        await using (var node = await RoutedNode.StartAsync(at, at))
            Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://b"));

        var wrong = at with { SentinelLogin = new RedisLogin("", "wrong") };
        Assert.That(
            async () => await RedisConnections.StartAsync(wrong, wrong, SystemNames.Resolver),
            Throws.TypeOf<RedisRefusedException>().With.Message.Contains("WRONGPASS"));
        var found = await RedisConnectionCheck.RunAsync(
            at with { SentinelLogin = RedisLogin.None }, SystemNames.Resolver);
        Assert.That(found.Select(it => it.Problem), Is.EqualTo([RedisProblem.Sentinel, RedisProblem.NoMaster]));
        Assert.That(found[0].Text, Does.Contain("NOAUTH"));
    }

    private RedisEndpoint At(string host) => new() { Role = "read", Address = new DnsEndPoint(host, _tlsPort.Number) };

    private RedisServer StartWithTls(string name)
    {
        foreach (var (file, pem) in (ReadOnlySpan<(string, CertificatePem)>)
            [("redis", _authority.Issue(name)), ("us", _authority.Issue("planb"))])
        {
            System.IO.File.WriteAllText(File(file + ".crt"), pem.Certificate);
            System.IO.File.WriteAllText(File(file + ".key"), pem.Key);
        }

        return RedisServer.Start(
            "--tls-port", $"{_tlsPort.Number}",
            "--tls-cert-file", File("redis.crt"), "--tls-key-file", File("redis.key"),
            "--tls-ca-cert-file", Authority(), "--tls-auth-clients", "yes");
    }

    private string Authority()
    {
        System.IO.File.WriteAllText(File("ca.crt"), _authority.Pem);
        return File("ca.crt");
    }

    private string File(string name) => Path.Combine(_folder, name);

    private string Script(params string[] commands)
    {
        System.IO.File.WriteAllLines(File("script"), commands);
        return File("script");
    }
}
