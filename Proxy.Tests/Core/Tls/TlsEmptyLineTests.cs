using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>CRLF between requests (RFC 9112 §2.2), in records of its own and cut in its middle.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class TlsEmptyLineTests(Engine engine)
{
    private const string Post = "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 2\r\n\r\nhi";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly Timeouts ShortIdle =
        ProxyUnderTest.NoTimeouts with { ClientIdle = TimeSpan.FromMilliseconds(300) };

    [TestCase("\r\n")]
    [TestCase("\r")]
    [TestCase("\r\n\r\n\r")]
    public async Task EmptyLinesBehindABody_LeaveTheConnectionIdle(string lines)
    {
        await using var proxy = new ProxyUnderTest(engine, ShortIdle);
        await TalkAsync(proxy, async (client, _) =>
        {
            await client.SendAsync(lines);
            Assert.That(await client.ReadToEndAsync(), Is.Empty);
        });
    }

    [Test]
    public async Task EmptyLinesBehindABody_DoNotHoldUpAStop()
    {
        await using var proxy = new ProxyUnderTest(engine);
        await TalkAsync(proxy, async (client, _) =>
        {
            await client.SendAsync("\r\n");
            var drained = proxy.Context.Connections.DrainAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
            Assert.That(await client.ReadToEndAsync(), Is.Empty);
            client.Dispose();
            Assert.That(await drained, Is.True);
        });
    }

    [Test]
    public async Task RequestBehindEmptyLines_IsServedHoweverTheyAreCut()
    {
        await using var proxy = new ProxyUnderTest(engine);
        await TalkAsync(proxy, async (client, backend) =>
        {
            foreach (var b in "\r\n\r\n") await client.SendAsync(b.ToString());
            await client.SendAsync(Post);
            await backend.ReadMessageAsync();
            await backend.SendAsync(Ok);
            Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
        });
    }

    // One exchange, and then what the test has to say.
    private static async Task TalkAsync(ProxyUnderTest proxy, Func<TlsPeer, Peer, Task> rest)
    {
        using var authority = new TestAuthority();
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        using var certificates = FixedCertificates.CacheFor(authority);
        using var client = await TlsPeer.ConnectAsync(proxy.ListenTls(certificates), "a.com");
        await client.SendAsync(Post);
        var peer = await backend.AcceptAsync();
        await peer.ReadMessageAsync();
        await peer.SendAsync(Ok);
        await client.ReadMessageAsync();
        await rest(client, peer);
    }
}
