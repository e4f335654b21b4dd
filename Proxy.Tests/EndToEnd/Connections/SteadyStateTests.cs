using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>
/// Goal: kept-alive requests allocate nothing, with routes in memory and the access log on. Method: what the event
/// loops have allocated is asked before and after many of them.
/// </summary>
[NonParallelizable]
public sealed class SteadyStateTests
{
    private const int Clients = 16;
    private const int Requests = 20_000;

    private static readonly byte[] Get =
    [
        .. "GET /x?y HTTP/1.1\r\nHost: a.com\r\nUser-Agent: me\r\nX-Forwarded-For: 2001:db8::7, 127.0.0.2\r\n"u8,
        .. "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n"u8,
    ];

#if DEBUG
    [Ignore("without optimization the state of an async method is a new object at every call")]
#endif
    [Test]
    public async Task KeptAliveRequests_AllocateNothing(
        [Values(1, Clients)] int clients, [Values] AccessLogFormat format)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        BlockingPeers.StartBackends(listener, clients);
        await using var proxy = new ProxyUnderTest(
            Engine.Native, isTracked: true, accessFormat: format,
            trustedProxies: format == AccessLogFormat.Json ? "127.0.0.0/8" : null);
        proxy.Routes.Set("a.com", $"http://{listener.LocalEndpoint}");
        var streams = new Stream[clients];
        for (var i = 0; i < clients; i++) streams[i] = BlockingPeers.Connect(proxy.Port);
        BlockingPeers.Request(streams, Get, Requests / 4);
        var before = await LoopAllocations.OfAsync(proxy);
        BlockingPeers.Request(streams, Get, Requests);
        var perRequest = (await LoopAllocations.OfAsync(proxy) - before) / (double)Requests;
        foreach (var stream in streams) stream.Dispose();

        // What remains are the texts that are made once a second.
        Assert.That(perRequest, Is.LessThan(1));
    }
}
