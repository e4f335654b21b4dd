using NUnit.Framework;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Epoll;
using Proxy.Http1;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.Http1;

public sealed class HttpProbeTests
{
    private static readonly HealthCheck Any = new("/", "", 0);

    [TestCase("HTTP/1.1 200 OK\r\n\r\n", ExpectedResult = true)]
    [TestCase("HTTP/1.1 500 Oops\r\n\r\n", ExpectedResult = true)]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", ExpectedResult = true)]
    [TestCase("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", ExpectedResult = true)]
    [TestCase("not http\r\n\r\n", ExpectedResult = false)]
    [TestCase("HTTP/1.1 200 OK\r\nA", ExpectedResult = false)]
    [TestCase("", ExpectedResult = false)]
    public Task<bool> WithoutWishes_AnyHttpAnswerWillDo(string answer) => AskAsync(answer, Any);

    [TestCase(200, ExpectedResult = true)]
    [TestCase(500, ExpectedResult = false)]
    public Task<bool> WantedStatus_IsCompared(int status) =>
        AskAsync($"HTTP/1.1 {status} X\r\n\r\n", Any with { Status = 200 });

    [TestCase("Content-Length: 12\r\n\r\nI am WORKING", ExpectedResult = true)]
    [TestCase("\r\nall is WORKING well", ExpectedResult = true)]
    [TestCase("Content-Length: 2\r\n\r\nno", ExpectedResult = false)]
    public Task<bool> WantedText_IsLookedForInTheBody(string rest) =>
        AskAsync("HTTP/1.1 200 OK\r\n" + rest, Any with { Body = "WORKING" });

    [Test]
    public async Task Request_AsksForThePathAtTheBackend()
    {
        using var backend = new ScriptedBackend();
        await using var transport = new EpollTransport(1, new Deadlines(TimeProvider.System), Assert.Fail);
        var asking = new HttpProbe(new Dialer(transport, SystemNames.Resolver, TimeSpan.Zero)).ProbeAsync(
            new Backend(backend.Url, 0), Any with { Path = "//health?x" }, CancellationToken.None);
        using var peer = await backend.AcceptAsync();
        Assert.That(await peer.ReadHeadAsync(), Is.EqualTo(
            $"GET /health?x HTTP/1.1\r\nHost: 127.0.0.1:{backend.Port}\r\n" +
            "User-Agent: planb-healthcheck\r\nConnection: close\r\n\r\n"));
        peer.HalfClose();
        Assert.That(await asking, Is.False);
    }

    [Test]
    public async Task BackendThatRefuses_IsNotAlive()
    {
        await using var transport = new EpollTransport(1, new Deadlines(TimeProvider.System), Assert.Fail);
        var url = $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}";
        Assert.That(await new HttpProbe(new Dialer(transport, SystemNames.Resolver, TimeSpan.Zero)).ProbeAsync(
            new Backend(url, 0), Any, CancellationToken.None), Is.False);
    }

    [Test]
    public async Task SilentBackend_IsLeftWhenTheTimeIsOver()
    {
        using var backend = new ScriptedBackend();
        await using var transport = new EpollTransport(1, new Deadlines(TimeProvider.System), Assert.Fail);
        using var over = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var asking = new HttpProbe(new Dialer(transport, SystemNames.Resolver, TimeSpan.Zero)).ProbeAsync(
            new Backend(backend.Url, 0), Any, over.Token);
        Assert.That(async () => await asking, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task NameThatDoesNotResolve_SaysNothingAboutTheBackend()
    {
        await using var transport = new EpollTransport(1, new Deadlines(TimeProvider.System), Assert.Fail);
        await using var bed = new ResolverSetup();
        var asking = new HttpProbe(new Dialer(transport, bed.Resolver, TimeSpan.Zero)).ProbeAsync(
            new Backend("http://missing.test", 0), Any, CancellationToken.None);
        Assert.That(async () => await asking, Throws.InstanceOf<NameUnresolvedException>());
    }

    private static async Task<bool> AskAsync(string answer, HealthCheck check)
    {
        using var backend = new ScriptedBackend();
        await using var transport = new EpollTransport(1, new Deadlines(TimeProvider.System), Assert.Fail);
        var asking = new HttpProbe(new Dialer(transport, SystemNames.Resolver, TimeSpan.Zero)).ProbeAsync(
            new Backend(backend.Url, 0), check, CancellationToken.None);
        using var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(answer);
        peer.HalfClose();
        return await asking;
    }
}
