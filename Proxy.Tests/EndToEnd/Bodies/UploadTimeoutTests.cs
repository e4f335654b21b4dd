using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

/// <summary>
/// <c>--request-timeout</c> bounds the backend alone: it counts from the last progress of the request's body.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class UploadTimeoutTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(400);

    [Test]
    public async Task SlowClient_MayTakeLongerThanTheBackendMay([Values] bool isSteady)
    {
        await using var talk = await BeginAsync(Limit);
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 8\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        if (!isSteady) await Task.Delay(Limit * 2.5);
        for (var i = 0; i < 8; i++)
        {
            if (isSteady) await Task.Delay(Limit / 3);
            await talk.Client.SendAsync("x");
        }

        await peer.ReadAsync(8);
        await peer.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 OK"));
    }

    [Test]
    public async Task SlowBackend_MayTakeLongerWhileItGoesOnReading()
    {
        const int Size = 16_000_000;
        await using var talk = await BeginAsync(Limit);
        await talk.Client.SendAsync($"POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: {Size}\r\n\r\n");
        var sending = talk.Client.SendAsync(new byte[Size]);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        for (var i = 0; i < 10; i++)
        {
            await Task.Delay(Limit / 3);
            await peer.SkipAsync(Size / 10);
        }

        await sending;
        await peer.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 OK"));
    }

    [Test]
    public async Task BackendThatStopsReading_IsFoundAndNamed()
    {
        await using var talk = await BeginAsync(Limit);
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 100000000\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        var sending = SendUntilItFailsAsync(talk.Client);
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR in"), Does
            .Match("request timeout after [0-9.]+s: the backend stopped reading the request body "));
        await sending;
        Assert.That(await talk.Proxy.Accesses.LineAsync("POST"), Does.Contain("\"timeout_backend\""));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task BackendThatHasTheBodyAndIsSilent_IsFoundAndNamed()
    {
        await using var talk = await BeginAsync(Limit);
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhello");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadMessageAsync();
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503 "));
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR in"), Does
            .Match("request timeout after [0-9.]+s: no response from the backend \\(timeout_backend\\)$"));
    }

    [TestCase("", "503")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\n", "200")]
    public async Task ClientThatWaitsToBeAskedForTheBody_LeavesTheBackendItsOwnTimeAlone(string asked, string status)
    {
        await using var talk = await BeginAsync(Limit);
        await talk.Client.SendAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        if (asked.Length > 0)
        {
            await peer.SendAsync(asked);
            Assert.That(await talk.Client.ReadHeadAsync(), Is.EqualTo(asked));
            await Task.Delay(Limit * 2.5);
            await talk.Client.SendAsync("hi");
            await peer.ReadAsync(2);
            await peer.SendAsync(Ok);
        }

        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith($"HTTP/1.1 {status} "));
    }

    [Test]
    public async Task ClientThatStops_IsFoundByItsOwnLimitAndNamed()
    {
        await using var talk = await BeginAsync(TimeSpan.FromMilliseconds(200), Limit);
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhe");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(await peer.ReadToEndAsync(), Is.EqualTo("he"));
        Assert.That(await talk.Proxy.Accesses.LineAsync("POST"), Does.Contain("\"timeout_client_in_request\""));
    }

    private Task<ClientAndBackend> BeginAsync(TimeSpan request, TimeSpan clientRead = default) =>
        ClientAndBackend.BeginAsync(new ProxyUnderTest(
            engine, ProxyUnderTest.NoTimeouts with { Request = request, ClientRead = clientRead },
            accessFormat: AccessLogFormat.Json, lingerTime: Limit));

    private static async Task SendUntilItFailsAsync(Peer client)
    {
        try
        {
            while (true) await client.SendAsync(new byte[100_000]);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or OperationCanceledException)
        {
            // The proxy has answered and closed.
        }
    }
}
