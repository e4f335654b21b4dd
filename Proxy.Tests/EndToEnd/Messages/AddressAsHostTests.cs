using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

/// <summary>IPv6 addresses as hosts: with and without brackets and port, they are one.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class AddressAsHostTests(Engine engine)
{
    [Test]
    public async Task AddressWithAnyPort_FindsItsRoute(
        [Values("[2001:db8::7]", "2001:db8::7")] string frontend,
        [Values("[2001:db8::7]", "[2001:db8::7]:8989", "[2001:DB8::7]:80")] string host)
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set(frontend, backend.Url.Replace("127.0.0.1", "localhost"));
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        using var peer = await backend.AcceptAsync();
        var request = await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Host"), Is.EqualTo(host));
        Assert.That(Peer.ValueOf(request, "X-Host"), Is.EqualTo(host));
    }

    [TestCase("[2001:db8::8]:80")]
    [TestCase("2001:db8::7")]
    public async Task OtherAddress_DoesNot(string host)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        talk.Proxy.Routes.Set("[2001:db8::7]", talk.Backend.Url);
        await talk.Client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 400 "));
    }
}
