using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

/// <summary>X-Debug-Router and Hipache's X-Debug, when no backend was chosen whose number could be 0.</summary>
[TestFixture(Engine.Native, false)]
[TestFixture(Engine.Native, true)]
[TestFixture(Engine.Sockets, false)]
[TestFixture(Engine.Sockets, true)]
public sealed class DebugTests(Engine engine, bool isHipache)
{
    private const string Dead = "http://127.0.0.1:1";

    [TestCase("b.com", "no such route", "", 400)]
    [TestCase("dead.com", "all backends are dead", "dead.com", 503)]
    public async Task RequestWithoutABackend_NamesNone(string host, string body, string frontend, int status)
    {
        await using var proxy = NewProxy();
        proxy.Routes.Set("dead.com", Dead, Dead + "/2");
        proxy.Routes.Dead.Add(Dead);
        proxy.Routes.Dead.Add(Dead + "/2");
        var response = await AskAsync(proxy, host);
        Assert.That(response, Does.StartWith($"HTTP/1.1 {(isHipache && status == 503 ? 502 : status)} "));
        if (!isHipache) Assert.That(response, Does.EndWith(body));
        ExpectNoBackend(response, frontend);
    }

    [Test]
    public async Task RequestWhileRoutesAreUnavailable_NamesNoBackend()
    {
        await using var proxy = NewProxy();
        proxy.Routes.Failure = "connection refused";
        ExpectNoBackend(await AskAsync(proxy, "a.com"), frontend: "");
    }

    [Test]
    public async Task RefusedRequest_NamesNoBackend()
    {
        await using var proxy = NewProxy();
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("CONNECT a.com:1 HTTP/1.1\r\nHost: a.com:1\r\nX-Debug-Router: 1\r\nX-Debug: 1\r\n\r\n");
        ExpectNoBackend(await client.ReadMessageAsync(), frontend: "");
    }

    [Test]
    public async Task FirstBackend_IsNumberZero()
    {
        await using var proxy = NewProxy();
        proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}");
        Assert.That(Peer.ValueOf(await AskAsync(proxy, "a.com"), "X-Debug-Backend-Id"), Is.EqualTo("0"));
    }

    private static async Task<string> AskAsync(ProxyUnderTest proxy, string host)
    {
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nX-Debug-Router: 1\r\nX-Debug: 1\r\n\r\n");
        return await client.ReadMessageAsync();
    }

    private ProxyUnderTest NewProxy() => new(engine, isHipache: isHipache);

    private void ExpectNoBackend(string response, string frontend)
    {
        var fields = response.Split("\r\n")
            .Where(line => line.StartsWith("x-debug-b", StringComparison.OrdinalIgnoreCase));
        Assert.That(fields.Count(), Is.EqualTo(isHipache ? 4 : 2));
        Assert.That(fields.Select(line => line.Split(':', 2)[1].Trim()), Is.All.Empty);
        Assert.That(Peer.ValueOf(response, "X-Debug-Frontend-Key"), Is.EqualTo(frontend));
    }
}
