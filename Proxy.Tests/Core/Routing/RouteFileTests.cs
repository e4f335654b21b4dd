using CsCheck;
using NUnit.Framework;
using Proxy.Core.Routing.Files;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

public class RouteFileTests
{
    private readonly List<string> _errors = [];
    private string _path = "";

    [SetUp]
    public void Create()
    {
        _errors.Clear();
        _path = Path.GetTempFileName();
    }

    [TearDown]
    public void Delete() => File.Delete(_path);

    [Test]
    public void LinesOfTheReadme_AreRoutes()
    {
        File.WriteAllText(_path, """
            rpush frontend:www.example.com mywebsite
            rpush frontend:www.example.com http://127.0.0.1:8081

            # a remark
              RPUSH frontend:www.example.com "http://127.0.0.1:8082" 'http://127.0.0.1:8083'
            lpush frontend:a.com http://b a
            rpush frontend:gone.com a b
            del frontend:gone.com
            """);
        var lists = RouteFile.Read(_path, _errors.Add);
        Assert.That(_errors, Is.Empty);
        Assert.That(lists["www.example.com"], Is.EqualTo(
            new[] { "mywebsite", "http://127.0.0.1:8081", "http://127.0.0.1:8082", "http://127.0.0.1:8083" }));
        Assert.That(lists["a.com"], Is.EqualTo(new[] { "a", "http://b" }));
        Assert.That(lists, Does.Not.ContainKey("gone.com"));
    }

    [TestCase("rpush frontend:a.com \"x", "a quote is not closed")]
    [TestCase("rpush frontend:a.com \"x\"y", "a quote is not closed")]
    [TestCase("rpush", "expected a command and a key")]
    [TestCase("rpush tls:a.com x", "only lists frontend:HOST are used, not tls:a.com")]
    [TestCase("rpush frontend:a.com", "rpush needs at least one element")]
    [TestCase("sadd frontend:a.com x", "unknown command sadd: only rpush, lpush and del of one key")]
    public void BadLine_IsReportedAndTheRestIsUsed(string line, string reason)
    {
        File.WriteAllText(_path, $"rpush frontend:1.com a b\n{line}\nrpush frontend:2.com a b\n");
        Assert.That(RouteFile.Read(_path, _errors.Add).Keys, Is.EquivalentTo(new[] { "1.com", "2.com" }));
        Assert.That(_errors, Has.Count.EqualTo(1));
        Assert.That(_errors[0], Does.StartWith($"{_path}:2: {reason}"));
    }

    [Test]
    public void WordsThatWereJoined_AreSplitAgain() =>
        Gen.String.Array[1, 5].Select(words => words.Select(word => string.Concat(word.EnumerateRunes())).ToArray())
            .Sample(words => RedisCommandLine.Split(RedisCommandLine.Join(words))!.SequenceEqual(words));

    [Test]
    public void WrittenFile_IsReadAgainAndUnderstoodByRedis()
    {
        using var redis = RedisServer.Start();
        var lists = new Dictionary<string, string[]>
        {
            ["a.com"] = ["my site", "http://1.2.3.4:80", "", "say \"hi\"\\\n", "b\u00fccher"],
            ["*.b.com:80"] = ["#", "'http://x'"],
        };
        RouteFile.Write(_path, lists);
        Assert.That(RouteFile.Read(_path, _errors.Add), Is.EquivalentTo(lists));
        Assert.That(_errors, Is.Empty);

        Assert.That(redis.CliFrom(_path), Does.Not.Contain("ERR"));
        Assert.That(redis.Cli("lindex", "frontend:a.com", "4"), Is.EqualTo("b\u00fccher"));
        Assert.That(redis.Cli("lindex", "frontend:a.com", "3"), Is.EqualTo("say \"hi\"\\"));
        Assert.That(redis.Cli("llen", "frontend:*.b.com:80"), Is.EqualTo("2"));
    }
}
