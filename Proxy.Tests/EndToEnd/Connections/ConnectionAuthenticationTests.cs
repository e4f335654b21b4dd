using NUnit.Framework;
using Proxy.Core;
using Proxy.Http.Backends;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>
/// NTLM and Negotiate log in a connection instead of a request (RFC 4559 §6): such a backend connection serves the
/// client that logged it in, and no other.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class ConnectionAuthenticationTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [TestCase("Authorization: NTLM TlRMTVNTUAAD", "")]
    [TestCase("authorization: ntlm TlRMTVNTUAAD", "")]
    [TestCase("Authorization: NTLM\tTlRMTVNTUAAD", "")]
    [TestCase("Authorization: Negotiate YII", "")]
    [TestCase("Authorization: Basic eDp5\r\nAuthorization: Negotiate YII", "")]
    [TestCase("Proxy-Authorization: NTLM TlRM", "")]
    [TestCase("X-A: b", "WWW-Authenticate: NTLM\r\n")]
    [TestCase("X-A: b", "WWW-Authenticate: Negotiate oYG\r\n")]
    [TestCase("X-A: b", "www-authenticate: Basic realm=\"x\", negotiate\r\n")]
    [TestCase("X-A: b", "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: NTLM\r\n")]
    [TestCase("X-A: b", "Proxy-Authenticate: Negotiate\r\n")]
    public async Task ConnectionThatOneClientLoggedIn_ServesNoOther(string request, string response)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"GET / HTTP/1.1\r\nHost: a.com\r\n{request}\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync($"HTTP/1.1 200 OK\r\n{response}Content-Length: 2\r\n\r\nok");
        await talk.Client.ReadMessageAsync();

        using var other = await talk.Proxy.ConnectAsync();
        await other.SendAsync("GET /other HTTP/1.1\r\nHost: a.com\r\n\r\n");
        var second = await talk.Backend.AcceptAsync();
        Assert.That(await second.ReadHeadAsync(), Does.StartWith("GET /other "));
        await second.SendAsync(Ok);
        await other.ReadMessageAsync();

        await talk.Client.SendAsync("GET /again HTTP/1.1\r\nHost: a.com\r\n\r\n");
        Assert.That(await peer.ReadHeadAsync(), Does.StartWith("GET /again "), "the client's own connection");
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();

        talk.Client.HalfClose();
        Assert.That(await peer.IsClosedAsync(), "closed with its client");
        Assert.That(talk.Proxy.Pool.IdleCount, Is.EqualTo(1), "the other client's");
    }

    [TestCase("Authorization: Basic bnRsbTpudGxt")]
    [TestCase("Authorization: Bearer NTLM")]
    [TestCase("X-Authorization: NTLM abc")]
    public async Task OtherCredentials_LeaveTheConnectionToAll(string field)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"GET / HTTP/1.1\r\nHost: a.com\r\n{field}\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        Assert.That(() => talk.Proxy.Pool.IdleCount, Is.EqualTo(1).After(5000, 10));
    }

    [Test]
    public async Task LoginInThreeSteps_StaysOnOneConnectionAmongManyBackends()
    {
        using var a = new ScriptedBackend();
        using var b = new ScriptedBackend();
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", a.Url, b.Url);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        var peer = await a.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n");
        await client.ReadMessageAsync();
        foreach (var step in (string[])["first", "third", "logged-in"])
        {
            // Another client takes a turn between the steps.
            using var other = await proxy.ConnectAsync();
            await other.SendAsync(Get);
            using var served = await b.AcceptAsync();
            await served.ReadHeadAsync();
            await served.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            await other.ReadMessageAsync();

            await client.SendAsync($"GET /{step} HTTP/1.1\r\nHost: a.com\r\nAuthorization: NTLM {step}\r\n\r\n");
            Assert.That(await peer.ReadHeadAsync(), Does.StartWith($"GET /{step} "));
            await peer.SendAsync(Ok);
            await client.ReadMessageAsync();
        }
    }

    [Test]
    public async Task BoundConnectionThatItsBackendClosed_IsReplaced()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\nAuthorization: NTLM x\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        peer.Dispose();
        await talk.Client.SendAsync(Get);
        var second = await talk.Backend.AcceptAsync();
        await second.ReadHeadAsync();
        await second.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 OK"));
    }

    [Test]
    public async Task OneClientOfManyBackends_HoldsABoundedNumberOfConnections()
    {
        const int Hosts = BoundConnections.Max + 2;
        await using var proxy = new ProxyUnderTest(engine);
        using var client = await proxy.ConnectAsync();
        var backends = new List<ScriptedBackend>();
        for (var i = 0; i < Hosts; i++)
        {
            backends.Add(new ScriptedBackend());
            proxy.Routes.Set($"h{i}.com", backends[i].Url);
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: h{i}.com\r\nAuthorization: NTLM x\r\n\r\n");
            var peer = await backends[i].AcceptAsync();
            await peer.ReadHeadAsync();
            await peer.SendAsync(Ok);
            await client.ReadMessageAsync();
        }

        Assert.That(() => proxy.Pool.OpenCount, Is.EqualTo(BoundConnections.Max).After(5000, 10));
        client.Dispose();
        Assert.That(() => proxy.Pool.OpenCount, Is.Zero.After(5000, 10));
        backends.ForEach(backend => backend.Dispose());
    }
}
