using NUnit.Framework;
using Proxy.Host;

namespace Proxy.Tests.Host;

public class InvocationTests
{
    [TestCase("--help")]
    [TestCase("-help")]
    [TestCase("-h")]
    [TestCase("help")]
    [TestCase("h")]
    [TestCase("help", "listen")]
    [TestCase("--listen", ":1", "help")]
    [TestCase("--listen", "disabled", "--help")]
    [TestCase("--version", "--help")]
    public void Help_IsSaidOnStdout(params string[] typed)
    {
        var invocation = Invocation.Read(typed);
        Assert.That(invocation.Output, Does.StartWith("planb - http and websockets reverse proxy\n"));
        Assert.That(invocation.Errors, Is.Empty);
        Assert.That(invocation.ExitCode, Is.Zero);
        Assert.That(invocation.Settings, Is.Null);
    }

    [TestCase("--version")]
    [TestCase("-version")]
    [TestCase("-v")]
    public void Version_IsSaidOnStdout(string typed)
    {
        var invocation = Invocation.Read([typed]);
        Assert.That(invocation.Output, Does.Match(@"^planb version \d+\.\d+\.\d+\n\z"));
        Assert.That(invocation.ExitCode, Is.Zero);
        Assert.That(invocation.Settings, Is.Null);
    }

    [TestCase("--help=false")]
    [TestCase("--version=false")]
    public void SwitchedOff_IsNotSaid(string typed)
    {
        var invocation = Invocation.Read([typed]);
        Assert.That(invocation.Output, Is.Empty);
        Assert.That(invocation.Settings, Is.Not.Null);
    }

    [TestCase("--bogus")]
    [TestCase("--bogus", "--help")]
    [TestCase("--dial-timeout", "abc", "--version")]
    [TestCase("-h", "--help")]
    [TestCase("--listen")]
    [TestCase("--stale-routes", "soon")]
    [TestCase("--routes-cache-size", "0")]
    [TestCase("--routes", "a", "--snapshot", "b")]
    [TestCase("--tls-listen", "1")]
    [TestCase("--tls-preset", "newest")]
    [TestCase("--tls-listen", ":1", "--routes", "a")]
    [TestCase("--metrics-address", "9113")]
    public void BadUsage_IsToldOnStderrOneLineEach(params string[] typed)
    {
        var invocation = Invocation.Read(typed);
        Assert.That(invocation.Output, Is.Empty);
        Assert.That(invocation.Errors, Does.Match(@"^planb: [^\n]+\n\z"));
        Assert.That(invocation.ExitCode, Is.EqualTo(2));
        Assert.That(invocation.Settings, Is.Null);
    }

    [Test]
    public void StrayWord_EndsTheFlagsWithANote()
    {
        var invocation = Invocation.Read(["--retries", "1", "stray", "--retries", "5", "--bogus"]);
        Assert.That(invocation.Settings?.Retries, Is.EqualTo(1));
        Assert.That(invocation.Errors, Does.Match("^planb: ignored \"stray\" [^\n]+\n\\z"));
    }

    [Test]
    public void NothingTyped_Serves()
    {
        var invocation = Invocation.Read([]);
        Assert.That(invocation.Settings, Is.Not.Null);
        Assert.That(invocation.Output + invocation.Errors, Is.Empty);
    }
}
