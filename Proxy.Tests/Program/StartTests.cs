using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Host.Wiring;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Program;

/// <summary>What a newcomer types: a mistake starts no proxy, and is reported in one line with what to do.</summary>
public sealed class StartTests
{
    [TestCase("version")]
    [TestCase("route", "list")]
    [TestCase("chekc")]
    [TestCase("check", "foo")]
    [TestCase("demo", "foo")]
    [TestCase("--backend-insecure", "true", "--listen", "127.0.0.1:0")]
    [TestCase("")]
    [TestCase("--", "--listen", "127.0.0.1:0")]
    [TestCase("--routes-cache-sise", "7")]
    public async Task WordThatMeansNothing_Exits2AndListensToNothing(params string[] typed)
    {
        var (exitCode, output, errors) = await PlanbProcess.RunAsync(typed);
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(errors, Does.Match(@"^planb: [^\n]+did you mean [^\n]+\n\z").And.Not.Contain("Listening"));
    }

    [TestCase("native", "listen")]
    [TestCase("sockets", "listen")]
    [TestCase("native", "tls-listen")]
    [TestCase("native", "metrics-address")]
    public async Task AddressInUse_IsOneLineWithWhatToDo(string engine, string flag)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var address = other.LocalEndPoint;
        string[] listen = flag == "listen" ? [] : ["--listen", "127.0.0.1:0"];
        var (exitCode, _, errors) = await PlanbProcess.RunAsync([.. listen, $"--{flag}", $"{address}",
            "--engine", engine, "--routes", "/dev/null", "--access-log", "none",
            "--load-certificates-from", Path.GetTempPath()]);
        Assert.That(exitCode, Is.EqualTo(1));
        var port = ((IPEndPoint)address!).Port;
        Assert.That(errors.Split('\n')[..^1], Has.One.EqualTo(
            $"planb: cannot listen on {address}: Address already in use (--{flag}): stop the process that listens " +
            $"there (ss -ltnp 'sport = :{port}' shows it), or take another port"));
    }

    [TestCase(SocketError.AccessDenied, "CAP_NET_BIND_SERVICE")]
    [TestCase(SocketError.AddressNotAvailable, "ip address lists them")]
    [TestCase(SocketError.HostNotFound, "name that can be resolved")]
    [TestCase(SocketError.AddressAlreadyInUse, "sport = :80'")]
    public void AddressThatCannotBeHad_HasAdvice(SocketError error, string wanted) =>
        Assert.That(ListenAdvice.For(error, new IPEndPoint(IPAddress.Any, 80)), Does.Contain(wanted));

    [Test]
    public async Task NextProcess_NamesTheOneWhoseSocketsItTakes_AndThatOneNamesIt()
    {
        using var reserved = new ReservedPort();
        string[] flags =
            ["--listen", $"127.0.0.1:{reserved.Number}", "--routes", "/dev/null", "--access-log", "none"];
        await using var first = PlanbProcess.Start(flags);
        var address = await first.ListeningAsync();
        await using var next = PlanbProcess.Start(flags);
        await next.ErrorLineAsync(
            $"Taking over the sockets of {address} from process {first.Id}, which serves until it receives TERM");
        await first.ErrorLineAsync(
            $"process {next.Id} now also accepts clients on {address}; this process serves until it receives TERM");
        await first.SignalAsync("TERM");
        Assert.That(await first.ExitAsync(), Is.Zero);
        Assert.That(first.Errors.Split("now also accepts").Length - 1, Is.EqualTo(1), first.Errors);
    }
}
