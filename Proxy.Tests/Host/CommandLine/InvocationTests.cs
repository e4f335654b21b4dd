using NUnit.Framework;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.CommandLine;

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

    [TestCase("unexpected \"version\": it is not a flag or command (did you mean --version?)", "version")]
    [TestCase("did you mean --version?", "VERSION")]
    [TestCase("did you mean --routes?", "route", "list")]
    [TestCase("did you mean planb check?", "chekc")]
    [TestCase("did you mean planb check?", "Check")]
    [TestCase("did you mean planb demo?", "dmeo")]
    [TestCase("did you mean planb demo?", "--listen", ":0", "demo")]
    [TestCase("did you mean planb help?", "hlep")]
    [TestCase("did you mean a flag? planb --help lists them", "serve")]
    [TestCase("unexpected \"\": ", "")]
    [TestCase("unexpected \"-\": ", "-")]
    [TestCase("unexpected \"foo\": it is not a flag (did you mean a flag? planb --help lists them)", "check", "foo")]
    [TestCase("unexpected \"check\"", "check", "check")]
    [TestCase("did you mean --retries?", "check", "retries")]
    [TestCase("unexpected \"foo\" after --retries 1", "--retries", "1", "foo", "--listen", ":0")]
    [TestCase("did you mean --listen=:80?", "listen=:80")]
    [TestCase("did you mean --listen=:80?", "PLANB_LISTEN=:80")]
    [TestCase("did you mean --request-timeout=30s?", "--request-timeout", "30", "s")]
    [TestCase("did you mean --request-timeout=5m?", "--request-timeout", "5", "minutes")]
    [TestCase("did you mean --trusted-proxies=10.0.0.1,10.0.0.2?", "--trusted-proxies", "10.0.0.1,", "10.0.0.2")]
    [TestCase("did you mean --backend-insecure=true?", "--backend-insecure", "true", "--listen", "127.0.0.1:0")]
    [TestCase("did you mean --hipache=false?", "--hipache", "off")]
    [TestCase("unexpected \":80\" after --hipache", "--hipache", ":80")]
    [TestCase("unexpected \"check\" after --, where flags end", "--", "check")]
    [TestCase("did you mean --listen without the --?", "--", "--listen", ":80")]
    [TestCase("flag needs an argument: --listen ADDRESS, but --tls-listen follows", "--listen", "--tls-listen", ":443")]
    public void WordThatMeansNothing_ServesNothingAndSaysWhatWasMeant(string wanted, params string[] typed)
    {
        var invocation = Invocation.Read(typed);
        Assert.That(invocation.Settings, Is.Null);
        Assert.That(invocation.ExitCode, Is.EqualTo(2));
        Assert.That(invocation.Output, Is.Empty);
        Assert.That(invocation.Errors, Does.Match(@"^planb: [^\n]+\n\z"));
        Assert.That(invocation.Errors, Does.Contain(wanted));
    }

    [Test]
    public void EverySwitchWithItsValueBehindIt_HasItsLine()
    {
        var lines = Invocation.Read(["--hipache", "true", "--backend-cache", "no", "--bogus"]).Errors.Split('\n');
        Assert.That(lines, Has.One.Contains("--hipache=true").And.One.Contains("--backend-cache=false")
            .And.One.Contains("--bogus"));
    }

    [Test]
    public void WordBehindAPassword_IsNotShown()
    {
        var errors = Invocation.Read(["--read-redis-password", "my", "secret"]).Errors;
        Assert.That(errors, Does.Contain("after --read-redis-password"));
        Assert.That(errors, Does.Not.Contain("my").And.Not.Contain("secret"));
    }

    [Test]
    public void ReportedWord_IsOneLine() =>
        Assert.That(Invocation.Read(["a\nb"]).Errors, Does.Contain("\"a\\x0Ab\"").And.EndWith("\n"));

    [TestCase("check", "--retries", "1")]
    [TestCase("--retries", "1", "check")]
    [TestCase("--hipache", "check", "--retries", "1")]
    public void Check_MayStandAnywhere(params string[] typed)
    {
        var invocation = Invocation.Read(typed);
        Assert.That(invocation.Command.Name, Is.EqualTo("check"));
        Assert.That(invocation.Settings?.Retries, Is.EqualTo(1));
    }

    [Test]
    public void FlagGivenTwice_HasItsLastValue() =>
        Assert.That(Invocation.Read(["--retries", "1", "--retries=3"]).Settings?.Retries, Is.EqualTo(3));

    [Test]
    public void NothingTyped_Serves()
    {
        var invocation = Invocation.Read([]);
        Assert.That(invocation.Settings, Is.Not.Null);
        Assert.That(invocation.Output + invocation.Errors, Is.Empty);
    }
}
