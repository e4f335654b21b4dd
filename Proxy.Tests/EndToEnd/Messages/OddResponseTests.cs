using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

/// <summary>
/// Responses that break a rule. What is odd and can be read in one way only is passed on, what is ambiguous is not, and
/// the log names the header and the rule it broke.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class OddResponseTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Start = "HTTP/1.1 200 OK\r\n";
    private const string Chunked = Start + "Transfer-Encoding: chunked\r\n\r\n";

    [TestCase(Start + "X-Foo: a\u0001\u0008\u001b[1m\u007fb\r\nContent-Length: 2\r\n\r\nok",
        "X-Foo: a\u0001\u0008\u001b[1m\u007fb\r\n")]
    [TestCase(Start + "X-Foo : b\r\nContent-Length: 2\r\n\r\nok", "X-Foo: b\r\n")]
    [TestCase(Start + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", "Content-Length: 2\r\n")]
    [TestCase(Start + "Content-Length: 2, 2\r\n\r\nok", "Content-Length: 2\r\n")]
    [TestCase(Start + "Content-Length: 02,2\r\ncontent-length: 002\r\n\r\nok", "Content-Length: 2\r\n")]
    [TestCase(Start + "Content-Length: 0000000000000000000002\r\n\r\nok", "Content-Length: 2\r\n")]
    [TestCase("HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok", Start)]
    [TestCase("HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok", Start)]
    [TestCase("HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok", Start)]
    [TestCase("HTTP/1.1 200 O\u0001K\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 O\u0001K\r\n")]
    public async Task OddHead_IsPassedOnAndTheConnectionIsUsedAgain(string response, string line)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(response);
        var received = await talk.Client.ReadMessageAsync();
        Assert.That(received, Does.Contain(line).And.EndsWith("\r\n\r\nok"));
        Assert.That(received.ToLowerInvariant().Split("content-length"), Has.Length.LessThanOrEqualTo(2));
        await talk.Client.SendAsync(Get);
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("ok"));
        Assert.That(talk.Proxy.Errors.Text, Is.Empty);
    }

    [TestCase("HEAD", Start)]
    [TestCase("GET", "HTTP/1.1 304 Not Modified\r\n")]
    public async Task EqualLengthsWithoutABody_AreOne(string method, string start)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, response) = await talk.ExchangeAsync(
            $"{method} / HTTP/1.1\r\nHost: a.com\r\n\r\n",
            start + "Content-Length: 5, 5\r\nContent-Length: 5\r\n\r\n", responseHasBody: false);
        Assert.That(response, Does.Contain("\r\nContent-Length: 5\r\n"));
        Assert.That(response.Split("Content-Length"), Has.Length.EqualTo(2));
    }

    [TestCase("2 \r\nok\r\n0\t\r\n\r\n", "2\r\nok\r\n0\r\n\r\n")]
    [TestCase("2    \r\nok\r\n1 \r\n!\r\n0    \r\n\r\n", "2\r\nok\r\n1\r\n!\r\n0\r\n\r\n")]
    [TestCase("2 ;a=b \r\nok\r\n0\r\n\r\n", "2;a=b\r\nok\r\n0\r\n\r\n")]
    [TestCase("2;\r\nok\r\n0\r\n\r\n", "2;\r\nok\r\n0\r\n\r\n")]
    [TestCase("2\r\nok\r\n0\r\nX : \u0001\r\n\r\n", "2\r\nok\r\n0\r\nX: \u0001\r\n\r\n")]
    public async Task OddChunks_ArePassedOnWithoutBlanks(string body, string passedOn)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Chunked + body);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("\r\n\r\n" + passedOn));
        await talk.Client.SendAsync(Get);
        await peer.ReadHeadAsync();
        foreach (var b in Chunked + body) await peer.SendAsync(b.ToString());
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("\r\n\r\n" + passedOn));
    }

    [TestCase("2\r\nok\r\nx\r\n")]
    [TestCase("2\r\nok\r\n0\r\nX: \0\r\n\r\n")]
    public async Task MalformedChunkOrTrailer_IsNamedInTheLog(string body)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Chunked + body);
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR in a.com"), Does.Contain("invalid chunk or trailer"));
    }

    [TestCase(Start + "X-Foo: a\0b\r\n\r\n", "header \"X-Foo\": NUL byte")]
    [TestCase(Start + "X-Foo: a\rb\r\n\r\n", "header \"X-Foo\": CR without LF")]
    [TestCase(Start + "X-Foo: a\nb\r\n\r\n", "header \"X-Foo\": LF without CR")]
    [TestCase(Start + "X-Foo\r\n\r\n", "header line without a colon: \"X-Foo\"")]
    [TestCase(Start + "X-Foo: a\r\n b\r\n\r\n", "folded header line, or a space before a name: \" b\"")]
    [TestCase(Start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "header \"Content-Length\": more than one value")]
    [TestCase(Start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "both \"Content-Length\" and \"Transfer-Encoding\"")]
    [TestCase("HTTP/1.1 OK\r\n\r\n", "not a status line: \"HTTP/1.1 OK\"")]
    [TestCase("HTTP/1.1 200 OK\n\n", "a line ends in LF without CR")]
    public async Task AmbiguousHead_Is503AndTheLogNamesTheRule(string response, string rule)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, received) = await talk.ExchangeAsync(Get, response);
        Assert.That(received, Does.StartWith("HTTP/1.1 503 "));
        Assert.That(
            await talk.Proxy.Errors.LineAsync("ERROR in a.com"),
            Does.EndWith($"invalid response from the backend: {rule} (backend_invalid_response)"));
    }
}
