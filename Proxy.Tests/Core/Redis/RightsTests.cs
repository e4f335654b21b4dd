using NUnit.Framework;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing.Health;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Core.Redis;

/// <summary>The ACL line of docs/operations.md: it is sufficient, and a right that is missing is found.</summary>
public class RightsTests
{
    private RedisServer _redis = null!;

    [OneTimeSetUp]
    public void Start() => _redis = RedisServer.Start();

    [OneTimeTearDown]
    public void Stop() => _redis.Dispose();

    private static string[] Manual => Repository.Read("docs/operations.md").Split('\n')
        .Single(line => line.StartsWith("redis-cli acl setuser planb", StringComparison.Ordinal))
        .Replace("'", "", StringComparison.Ordinal).Split(' ')[1..];

    // HELLO is everybody's since Redis 6.2.
    private static IEnumerable<string> Rights() =>
        Manual.Where(word => word[0] is '+' or '~' or '&' && word != "+hello");

    [TestCaseSource(nameof(Rights))]
    public async Task RightThatIsLeftOut_IsFoundByTheCheckAndNamed(string right)
    {
        var user = "u" + right.Replace('|', '.').Trim('~', '&', '*', '+', ':');
        string[] rights = [.. Manual[3..].Where(word => word != right)];
        _redis.Cli(["acl", "setuser", user, .. rights]);
        var at = RoutedNode.At("read", _redis) with
        {
            Login = new RedisLogin(user, "PASSWORD"), HasCertificates = true, HasMonitor = true, Database = 1,
        };
        var read = await RedisConnectionCheck.RunAsync(at, SystemNames.Resolver);
        var write = await RedisConnectionCheck.RunAsync(at with { Role = "write" }, SystemNames.Resolver);
        var found = read.Concat(write).Where(finding => finding.Problem != RedisProblem.None).ToArray();
        Assert.That(found, Is.Not.Empty);
        Assert.That(found.Select(finding => finding.Text), Has.Some.Contains($"ACL SETUSER {user} {right}"));
    }

    [Test]
    public async Task LineOfTheManual_LetsEverythingWork()
    {
        _redis.Cli(Manual);
        _redis.CliIn(1, "rpush", "frontend:a.com", "a", "http://b", "http://c");
        var at = RoutedNode.At("read", _redis) with
        {
            Login = new RedisLogin("planb", "PASSWORD"), HasCertificates = true, HasMonitor = true, Database = 1,
        };
        _redis.Cli("acl", "log", "reset");
        var isUp = false;
        await using (var node = await RoutedNode.StartAsync(at, at with { Role = "write" }))
        {
            node.StartMonitor((_, _, _) => Task.FromResult(Volatile.Read(ref isUp)), TimeSpan.FromMilliseconds(1500));
            await Eventually.IsTrue(() => node.Changes.Epoch > 0, "changes are pushed");
            node.Router.MarkDead(await node.ChooseAsync("a.com"));
            await Eventually.IsTrue(() => Lock().Length > 0, "the monitor watches it");
            Volatile.Write(ref isUp, true);
            await Eventually.IsTrue(() => node.Monitor!.Watches == 0, "the monitor revives it");
            await Eventually.IsTrue(() => Lock().Length == 0, "the lock is given back");
            Assert.That(node.Errors, Has.None.Contains("NOPERM"));
        }

        foreach (var role in (string[])["read", "write"])
        {
            var found = await RedisConnectionCheck.RunAsync(at with { Role = role }, SystemNames.Resolver);
            Assert.That(found.Single().Problem, Is.EqualTo(RedisProblem.None), found[0].Text);
        }

        // The client library asks for these too, and does without.
        string[] optional = ["client|id", "cluster|slots", "cluster|nodes", "cluster", "config|get", "config"];
        var objects = _redis.Cli("acl", "log").Split('\n');
        var names = objects.Zip(objects.Skip(1)).Where(pair => pair.First == "object").Select(pair => pair.Second);
        Assert.That(names.Except(optional), Is.Empty);
        Assert.That(_redis.CliIn(1, "exists", "dead:planb.check"), Is.EqualTo("0"), "trying has changed nothing");
    }

    [TestCase("-set", "may not run set; allow it: ACL SETUSER few +set")]
    [TestCase("-get", "may not run get")]
    [TestCase("-del", "may not run del")]
    [TestCase("-subscribe", "may not run subscribe")]
    [TestCase("-sadd", "may not run sadd")]
    [TestCase("-echo", "may not run echo")]
    public async Task RightThatIsMissing_IsLoggedOnceAtRunTime(string right, string words)
    {
        using var redis = RedisServer.Start();
        redis.Cli("acl", "setuser", "few", "on", ">pw", "~*", "&*", "+@all", right);
        redis.AddRoute("a.com", "a", "http://b");
        var few = RoutedNode.At("write", redis) with { Login = new RedisLogin("few", "pw"), HasMonitor = true };
        await using var node = await RoutedNode.StartAsync(RoutedNode.At("read", redis), few);
        await Eventually.IsTrue(
            () => node.Errors.Any(line => line.Contains(words, StringComparison.Ordinal)), words);
    }

    [Test]
    public async Task MonitorWithoutTheRightToLock_SaysSoOnce()
    {
        using var redis = RedisServer.Start();
        redis.AddRoute("a.com", "a", "http://b", "http://c");
        await using var node = await RoutedNode.StartAsync(redis);
        node.StartMonitor((_, _, _) => Task.FromResult(false), TimeSpan.FromSeconds(30));
        redis.Cli("acl", "setuser", "default", "-set");
        foreach (var url in (string[])["http://b", "http://c"]) node.Monitor!.Watch(new DeadMessage("a.com", url, 0));
        const string Words = "cannot probe dead backends";
        await Eventually.IsTrue(
            () => node.Errors.Any(line => line.Contains(Words, StringComparison.Ordinal)), Words);
        await Eventually.IsTrue(() => redis.Calls("lrange") > 4, "the watches go on");
        Assert.That(node.Errors, Has.Exactly(1).Contains("ACL SETUSER default +set"));
    }

    private string Lock() => _redis.CliIn(1, "get", "dead:a.com:http://b");
}
