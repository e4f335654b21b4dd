using NUnit.Framework;
using Proxy.Core;
using Proxy.Http.Telemetry;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.EndToEnd.Observability;

/// <summary>What is counted of real exchanges.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class MetricsTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Total = "planb_reverseproxy_http_request_duration_seconds_count";

    [Test]
    public async Task Exchange_IsCountedByCodeMethodAndProtocolWithItsBytes()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        await talk.ExchangeAsync("PATCH / HTTP/1.0\r\nHost: a.com\r\n\r\n", Ok);
        var page = await SettledAsync(talk.Proxy, requests: 2);
        Assert.Multiple(() =>
        {
            Assert.That(page[RequestsOf(201, "POST", "HTTP/1.1")], Is.EqualTo(1));
            Assert.That(page[RequestsOf(200, "PATCH", "HTTP/1.0")], Is.EqualTo(1));
            Assert.That(page["planb_reverseproxy_backends_responses_total{status_code=\"201\"}"], Is.EqualTo(1));
            Assert.That(page["planb_request_bytes_total"], Is.EqualTo(3));
            Assert.That(page["planb_response_bytes_total"], Is.EqualTo(4));
            Assert.That(page["planb_overhead_seconds_count"], Is.EqualTo(2));
            Assert.That(page["planb_reverseproxy_backend_request_duration_seconds_count"], Is.EqualTo(2));
            Assert.That(page["planb_route_lookups_total{result=\"miss\"}"], Is.EqualTo(2), "no change is pushed here");
        });
    }

    [Test]
    public async Task RequestThatWaits_IsInFlight_AndItsWaitIsNotOurs()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, isTracked: true));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(Page(talk.Proxy)["planb_requests_in_flight"], Is.EqualTo(1));
        await Task.Delay(TimeSpan.FromMilliseconds(1100));
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        var page = await SettledAsync(talk.Proxy, requests: 1);
        Assert.Multiple(() =>
        {
            Assert.That(page["planb_requests_in_flight"], Is.Zero);
            Assert.That(page["planb_reverseproxy_backend_request_duration_seconds_sum"], Is.GreaterThan(1));
            Assert.That(page[Total.Replace("_count", "_sum")], Is.GreaterThan(1));
            Assert.That(page["planb_overhead_seconds_bucket{le=\"1\"}"], Is.EqualTo(1), "the second is not ours");
        });
    }

    [TestCase("GET / HTTP/1.1\r\nHost: b.com\r\n\r\n", "no_route", 400)]
    [TestCase("GET / HTTP/1.1\r\nHost: refused.com\r\n\r\n", "connect_failed", 503)]
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "bad_request", 400)]
    [TestCase("CONNECT a.com:80 HTTP/1.1\r\nHost: a.com:80\r\n\r\n", "bad_request", 405)]
    public async Task Failure_IsCountedByReason(string request, string reason, int status)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        talk.Proxy.Routes.Set("refused.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}");
        await talk.Client.SendAsync(request);
        Assert.That(await talk.Client.ReadHeadAsync(), Does.Contain($" {status} "));
        await Eventually.IsTrue(() => talk.Proxy.Meter.InFlight == 0, "the exchange ends");
        var page = Page(talk.Proxy);
        Assert.That(page[$"planb_errors_total{{reason=\"{reason}\"}}"], Is.EqualTo(1));
        var requests = page.Series.Where(series => series.StartsWith($"planb_requests_total{{code=\"{status}\""));
        Assert.That(requests.Count(), Is.EqualTo(1));
        Assert.That(page["planb_overhead_seconds_count"], Is.Zero);
    }

    [Test]
    public async Task SecondTries_AreCounted()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        talk.Proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}", talk.Backend.Url);
        await talk.ExchangeAsync(Get, Ok);
        var page = await SettledAsync(talk.Proxy, requests: 1);
        Assert.That(page["planb_retries_total{reason=\"connect_failed\"}"], Is.EqualTo(1));
        Assert.That(talk.Proxy.Pool.OpenedCount, Is.EqualTo(1));
    }

    [Test]
    public async Task BackendConnections_AreActiveThenIdleThenGone()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var pool = talk.Proxy.Pool;
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That((pool.OpenCount, pool.IdleCount), Is.EqualTo((1L, 0)));
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        await Eventually.IsTrue(() => (pool.OpenCount, pool.IdleCount) == (1L, 1), "it is kept");
        Assert.That(pool.IdleByAddress(10).Single().Idle, Is.EqualTo(1));
        peer.HalfClose();
        await Eventually.IsTrue(() => (pool.OpenCount, pool.IdleCount) == (0L, 0), "it is closed");
    }

    [Test]
    public async Task Tunnel_IsNoRequestInFlight_AndItsTimeIsCountedWhenItEnds()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nabc");
        await talk.Client.ReadHeadAsync();
        await talk.Client.ReadAsync(3);
        await peer.ReadAsync(5);
        Assert.That((talk.Proxy.Meter.OpenTunnels, talk.Proxy.Meter.InFlight), Is.EqualTo((1L, 0L)));
        await Eventually.IsTrue(() => TunnelBytes(talk.Proxy) == (5, 3), "bytes are counted while it is open");
        talk.Client.HalfClose();
        peer.HalfClose();
        await Eventually.IsTrue(() => talk.Proxy.Meter.OpenTunnels == 0, "the tunnel ends");
        var page = Page(talk.Proxy);
        Assert.Multiple(() =>
        {
            Assert.That(page["planb_tunnels_opened_total"], Is.EqualTo(1));
            Assert.That(page["planb_tunnel_duration_seconds_count"], Is.EqualTo(1));
            Assert.That(TunnelBytes(talk.Proxy), Is.EqualTo((5, 3)), "each once");
            Assert.That(page["planb_reverseproxy_backends_responses_total{status_code=\"101\"}"], Is.EqualTo(1));
            Assert.That(page[Total], Is.Zero, "the life of a tunnel is no latency");
        });
    }

    private static (double ToBackend, double ToClient) TunnelBytes(ProxyUnderTest proxy)
    {
        var page = Page(proxy);
        return (page["planb_tunnel_bytes_total{direction=\"to_backend\"}"],
            page["planb_tunnel_bytes_total{direction=\"to_client\"}"]);
    }

    private static string RequestsOf(int status, string method, string protocol) =>
        $"planb_requests_total{{code=\"{status}\",method=\"{method}\",protocol=\"{protocol}\"}}";

    // The client has its answer a moment before the exchange is over.
    private static async Task<PrometheusPage> SettledAsync(ProxyUnderTest proxy, int requests)
    {
        await Eventually.IsTrue(() => Page(proxy)[Total] == requests, "all exchanges end");
        return Page(proxy);
    }

    private static PrometheusPage Page(ProxyUnderTest proxy) => PageOf.Source(new ExchangeMetrics(proxy.Meter));
}
