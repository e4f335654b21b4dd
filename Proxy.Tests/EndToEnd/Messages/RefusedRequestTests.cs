using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

/// <summary>What cannot become a request is rejected as soon as that is certain, and the reason is logged.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class RefusedRequestTests(Engine engine)
{
    [TestCase("hello\r\n", "not a request line: \"hello\"")]
    [TestCase("GET /\r\n", "not a request line: \"GET /\"")]
    [TestCase("SSH-2.0-x\r\n", "not a request line: \"SSH-2.0-x\"")]
    [TestCase("\r\n\r\nhello\r\n", "not a request line: \"hello\"")]
    [TestCase("\0", "not a request line: \"\\x00\"")]
    [TestCase("\u0016\u0003\u0001\u0002\0\u0001", "TLS on a port for plain HTTP")]
    [TestCase("GET /\u00c3\u00a9", "not a request line: \"GET /\\xc3\\xa9\"")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nX-Foo : b\r\n", "header \"X-Foo\": space before the colon")]
    public async Task WhatIsNoRequest_Is400BeforeAnythingElseComes(string text, string reason)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(text);
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 400 "));
        Assert.That(
            await talk.Proxy.Errors.LineAsync("invalid request"),
            Does.EndWith($"from 127.0.0.1: {reason} (bad_request)"));
    }

    [Test]
    public async Task WhatIsNoRequest_Is400AlsoByteByByte()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        foreach (var b in "GET /\r") await talk.Client.SendAsync(b.ToString());
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 400 "));
    }

    [TestCase("PRI * HTTP/2")]
    [TestCase("GET / HTTP/3.0")]
    public async Task OtherVersion_Is505AtOnce(string text)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(text);
        Assert.That(await talk.Client.ReadToEndAsync(), Does.Match("^HTTP/1\\.[01] 505 "));
    }

    [Test]
    public async Task LongMethod_Is400AndNoLongTarget()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(new string('M', 20 * 1024));
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 400 "));
    }

    [Test]
    public async Task LongTarget_Is414BeforeItsEnd()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("GET /" + new string('t', 20 * 1024));
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 414 "));
    }

    [Test]
    public async Task RefusalsOfAKind_AreFoldedWhicheverClientCausedThem()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        for (var i = 0; i < 20; i++) await Peer.AskAsync(talk.Proxy.Port, $"hello{i}\r\n");
        await talk.Proxy.Errors.LineAsync("invalid request");
        Assert.That(talk.Proxy.Errors.Text.Split("invalid request"), Has.Length.EqualTo(2));
        await Peer.AskAsync(talk.Proxy.Port, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
        await talk.Proxy.Errors.LineAsync("header \"Host\"");
    }
}
