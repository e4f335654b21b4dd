using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

/// <summary>RFC 9110 §7.6.2: how far OPTIONS and TRACE go.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class MaxForwardsTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [TestCase("OPTIONS", "0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")]
    [TestCase("OPTIONS", "000", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")]
    [TestCase("TRACE", "0", "HTTP/1.1 405 Method Not Allowed\r\n")]
    public async Task RequestThatMayNotGoOn_IsAnsweredHere(string method, string number, string answer)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        for (var turn = 0; turn < 2; turn++)
        {
            await talk.Client.SendAsync(
                $"{method} /x HTTP/1.1\r\nHost: a.com\r\nCookie: secret\r\nmax-forwards: {number}\r\n\r\n");
            var response = await talk.Client.ReadMessageAsync();
            Assert.That(response, Does.StartWith(answer).And.Not.Contain("secret"));
            if (method == "TRACE") Assert.That(Peer.ValueOf(response, "Allow"), Does.Contain("OPTIONS"));
        }

        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [TestCase("OPTIONS", "1", "0")]
    [TestCase("TRACE", "10", "9")]
    [TestCase("TRACE", "0010", "9")]
    [TestCase("OPTIONS", "2147483647", "2147483646")]
    [TestCase("OPTIONS", "99999999999999999999", "2147483646")]
    [TestCase("GET", "0", "0")]
    [TestCase("DELETE", "7", "7")]
    [TestCase("GET", "x", "x")]
    [TestCase("options", "5", "5")]
    public async Task RequestThatGoesOn_HasOneHopLessLeftWhereThatCounts(string method, string number, string passedOn)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            $"{method} /x HTTP/1.1\r\nHost: a.com\r\nMax-Forwards: {number}\r\nA: b\r\n\r\n", Ok);
        Assert.That(request, Does.Contain($"\r\nMax-Forwards: {passedOn}\r\nA: b\r\n"));
        Assert.That(response, Does.EndWith("ok"));
    }

    [Test]
    public async Task LimitNamedByConnection_CountsAllTheSame()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync(
            "OPTIONS /x HTTP/1.1\r\nHost: a.com\r\nConnection: Max-Forwards\r\nMax-Forwards: 3\r\n\r\n", Ok);
        Assert.That(Peer.ValueOf(request, "Max-Forwards"), Is.EqualTo("2"));
    }

    [TestCase("Max-Forwards: x")]
    [TestCase("Max-Forwards:")]
    [TestCase("Max-Forwards: -1")]
    [TestCase("Max-Forwards: +1")]
    [TestCase("Max-Forwards: 1, 1")]
    [TestCase("Max-Forwards: 1.0")]
    [TestCase("Max-Forwards: 5\r\nMax-Forwards: 5")]
    [TestCase("Max-Forwards: 5\r\nmax-forwards: 0")]
    public async Task LimitThatIsNotOneNumber_Is400(string fields)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        foreach (var method in new[] { "OPTIONS", "TRACE" })
        {
            var answer = await Peer.AskAsync(
                talk.Proxy.Port, $"{method} /x HTTP/1.1\r\nHost: a.com\r\n{fields}\r\n\r\n");
            Assert.That(answer, Does.StartWith("HTTP/1.1 400 "));
        }

        Assert.That(talk.Backend.IsAsked, Is.False);
    }
}
