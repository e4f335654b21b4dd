using NUnit.Framework;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.CommandLine;

public class SuggestionTests
{
    private static readonly string[] Words =
        ["listen", "read-redis-host", "write-redis-host", "read-redis-sentinel-addrs", "client-idle-timeout", "help"];

    [TestCase("listne", "listen")]
    [TestCase("lisen", "listen")]
    [TestCase("listten", "listen")]
    [TestCase("liston", "listen")]
    [TestCase("Listen", "listen")]
    [TestCase("hlep", "help")]
    [TestCase("read_redis_host", "read-redis-host")]
    [TestCase("wrote-redis-hots", "write-redis-host")]
    [TestCase("client-idel-timeot", "client-idle-timeout")]
    [TestCase("read-redis-sentinel", "read-redis-sentinel-addrs")]
    public void Misspelt_IsRecognised(string typed, string meant) =>
        Assert.That(Suggestions.Nearest(typed, Words), Is.EqualTo(meant));

    [TestCase("")]
    [TestCase("x")]
    [TestCase("li")]
    [TestCase("backend-cache")]
    [TestCase("tls-preset")]
    public void SomethingElse_IsNot(string typed) => Assert.That(Suggestions.Nearest(typed, Words), Is.Null);

    [Test]
    public void NoWords_HaveNoNearest() => Assert.That(Suggestions.Nearest("listen", []), Is.Null);
}
