using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

/// <summary>What is believed of what requests say about whom they come from.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class ClientIdentityTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private const string Claims =
        "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\n" +
        "X-Real-Ip: 2.2.2.2\r\nForwarded: for=3.3.3.3\r\nx-forwarded-ssl: on\r\nX-Host: evil\r\n" +
        "X_Forwarded_Port: 5\r\nX_Real_IP: 6.6.6.6\r\nX-Forwarded-: 7\r\n";

    [Test]
    public async Task WithoutTrustedProxies_EverybodyIsBelieved()
    {
        var request = await RequestAsync(new ProxyUnderTest(engine), Claims);
        Assert.That(request, Is.EqualTo(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n" +
            "X-Forwarded-Port: 1\r\nX-Real-Ip: 2.2.2.2\r\nForwarded: for=3.3.3.3\r\nx-forwarded-ssl: on\r\n" +
            "X-Host: evil\r\nX_Forwarded_Port: 5\r\nX_Real_IP: 6.6.6.6\r\nX-Forwarded-: 7\r\n" +
            "X-Forwarded-For: 1.1.1.1, 127.0.0.1\r\n\r\n"));
    }

    [Test]
    public async Task WhoIsNoTrustedProxy_CannotForge()
    {
        var request = await RequestAsync(new ProxyUnderTest(engine, trustedProxies: "10.0.0.0/8"), Claims + "A: b\r\n");
        Assert.That(request, Is.EqualTo(
            "GET / HTTP/1.1\r\nHost: a.com\r\nA: b\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n"));
    }

    [Test]
    public async Task TrustedProxy_IsBelieved()
    {
        var request = await RequestAsync(new ProxyUnderTest(engine, trustedProxies: "127.0.0.0/8"), Claims);
        Assert.That(request, Does.Contain("X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n")
            .And.Contain("Forwarded: for=3.3.3.3\r\n").And.EndWith("X-Forwarded-For: 1.1.1.1, 127.0.0.1\r\n\r\n"));
    }

    [TestCase("", "127.0.0.1")]
    [TestCase("X-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7")]
    [TestCase("X-Forwarded-For: 1.1.1.1, 203.0.113.7\r\n", "203.0.113.7")]
    [TestCase("X-Forwarded-For: 1.1.1.1, 203.0.113.7, 10.1.2.3,127.0.0.9\r\n", "203.0.113.7")]
    [TestCase("X-Forwarded-For: 1.1.1.1, 203.0.113.7\r\nX-Forwarded-For: 10.1.2.3\r\n", "203.0.113.7")]
    [TestCase("X-Forwarded-For: 10.9.9.9, 10.1.2.3\r\n", "10.9.9.9")]
    [TestCase("X-Forwarded-For: 203.0.113.7:4711\r\n", "203.0.113.7")]
    [TestCase("X-Forwarded-For: [2001:db8::7]:4711, 10.0.0.1\r\n", "2001:db8::7")]
    [TestCase("X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7")]
    [TestCase("X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.1\r\n", "10.0.0.1")]
    [TestCase("X-Forwarded-For: ,, \r\n", "127.0.0.1")]
    [TestCase("X-Forwarded-For: [\r\n", "127.0.0.1")]
    [TestCase("X-Forwarded-For: ]:, :\r\n", "127.0.0.1")]
    public async Task ClientOfTrustedProxies_IsTheRightmostThatIsNotOne(string fields, string client)
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, isHipache: true, trustedProxies: "127.0.0.0/8,10.0.0.0/8"));
        var (request, _) = await talk.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a.com\r\n{fields}\r\n", Ok);
        var logged = $"::ffff:{client}";
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET /"), Does.StartWith($"{logged} - - ["));
        var real = Peer.ValueOf(request, "X-Real-IP");
        Assert.That(real, Is.EqualTo(client.Contains(':') ? client : $"::ffff:{client}"));
    }

    [Test]
    public async Task HipachesFields_AreOursWhenTheClientIsNotBelieved()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, isHipache: true, trustedProxies: "10.0.0.1"));
        var (request, _) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Real-IP: 1.1.1.1\r\nX-Forwarded-Port: 1\r\n" +
            "X-Forwarded-Protocol: https\r\n\r\n", Ok);
        Assert.That(Peer.ValueOf(request, "X-Real-IP"), Is.EqualTo("::ffff:127.0.0.1"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Port"), Is.EqualTo("80"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Protocol"), Is.EqualTo("http"));
        Assert.That(request, Does.Not.Contain("1.1.1.1").And.Not.Contain("https"));
    }

    [TestCase(null, true)]
    [TestCase("127.0.0.1", true)]
    [TestCase("10.0.0.1", false)]
    public async Task Trailers_CannotForgeEither(string? trusted, bool isPassedOn)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, trustedProxies: trusted));
        var (request, _) = await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Real-IP\r\n\r\n" +
            "1\r\na\r\n0\r\nX-Real-IP: 1.1.1.1\r\nA: b\r\n\r\n", Ok);
        Assert.That(request, Does.EndWith("\r\n0\r\n" + (isPassedOn ? "X-Real-IP: 1.1.1.1\r\n" : "") + "A: b\r\n\r\n"));
    }

    private static async Task<string> RequestAsync(ProxyUnderTest proxy, string fields)
    {
        await using var talk = await ClientAndBackend.BeginAsync(proxy);
        var (request, _) = await talk.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a.com\r\n{fields}\r\n", Ok);
        return request;
    }
}
