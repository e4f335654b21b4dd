using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

/// <summary>
/// A backend that answers without reading the body takes it for a request of its own: its answer must never reach
/// anybody.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class UnreadBodyTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private static readonly string Length = $"Content-Length: {Hidden.Length}\r\n";

    [TestCase("GET")]
    [TestCase("HEAD")]
    [TestCase("TRACE")]
    public async Task BodyOfAMethodWithoutOne_EndsTheBackendsConnection(string method)
    {
        var answer = method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : Ok;
        await AssertNextGoesElsewhereAsync($"{method} / HTTP/1.1\r\nHost: a.com\r\n{Length}\r\n{Hidden}", answer);
    }

    [Test]
    public async Task BodyThatWasNotAskedFor_EndsTheBackendsConnection() => await AssertNextGoesElsewhereAsync(
        $"POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\n{Length}\r\n{Hidden}", Ok);

    [Test]
    public async Task BodyThatWasAskedFor_KeepsTheBackendsConnection()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        await talk.Client.ReadHeadAsync();
        await talk.Client.SendAsync("hello");
        await peer.ReadAsync(5);
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        await talk.Client.SendAsync("GET /next HTTP/1.1\r\nHost: a.com\r\n\r\n");
        Assert.That(await peer.ReadHeadAsync(), Does.StartWith("GET /next "));
    }

    [Test]
    public async Task AnswerBeforeALargeBody_ReachesAClientThatFirstSendsAllOfIt()
    {
        const int Size = 50_000_000;
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: {Size}\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
        await talk.Client.SendAsync(new byte[Size]);
        var answer = await talk.Client.ReadToEndAsync();
        Assert.That(answer, Does.StartWith("HTTP/1.1 413 ").And.Contains("\r\nConnection: close\r\n"));
        Assert.That(answer, Does.EndWith("\r\n\r\nbig"));
    }

    private async Task AssertNextGoesElsewhereAsync(string request, string answer)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(request);
        var lenient = await talk.Backend.AcceptAsync();
        await lenient.ReadHeadAsync();
        await lenient.ReadAsync(Hidden.Length);
        await lenient.SendAsync(answer);
        await talk.Client.ReadMessageAsync(hasBody: answer == Ok);
        await talk.Client.SendAsync("GET /next HTTP/1.1\r\nHost: a.com\r\n\r\n");
        var fresh = await talk.Backend.AcceptAsync();
        Assert.That(await fresh.ReadHeadAsync(), Does.StartWith("GET /next "));
        await fresh.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("\r\n\r\nok"));
    }
}
