using System.IO.Compression;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.Program;

/// <summary>The pages of <c>--metrics-address</c>, asked of the running program.</summary>
public sealed class StatusPageTests
{
    // Families that a feature must be used for, or a certificate be loaded, are there all the same.
    private const int FamiliesMin = 40;

    // Nothing was proxied by it: for tests that only read pages.
    private WatchedPlanb _unasked = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _unasked = await WatchedPlanb.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _unasked.DisposeAsync();

    [Test]
    public async Task Metrics_AreReadByAParser([Values] bool isOpenMetrics)
    {
        var asks = isOpenMetrics ? "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" : "text/plain";
        var (head, body) = await _unasked.GetAsync("/metrics", $"Accept: {asks}\r\n");
        var page = PrometheusPage.Parse(body, isOpenMetrics);
        Assert.That(
            Peer.ValueOf(head, "Content-Type"),
            Does.StartWith(isOpenMetrics ? "application/openmetrics-text; version=1" : "text/plain; version=0.0.4"));
        Assert.That(page.Families.Count(), Is.GreaterThan(FamiliesMin));
        Assert.That(page["process_start_time_seconds"], Is.GreaterThan(1e9));
        Assert.That(page["process_open_fds"], Is.InRange(1, page["process_max_fds"]));
        Assert.That(page["process_resident_memory_bytes"], Is.GreaterThan(1e6));
    }

    [TestCase("gzip", true)]
    [TestCase("deflate, gzip, br", true)]
    [TestCase("gzip;q=0, identity", false)]
    [TestCase("identity", false)]
    public async Task Page_IsCompressedForWhoAcceptsIt(string accepted, bool isCompressed)
    {
        var (head, body) = await _unasked.GetAsync("/metrics", $"Accept-Encoding: {accepted}\r\n");
        Assert.That(Peer.ValueOf(head, "Content-Encoding"), Is.EqualTo(isCompressed ? "gzip" : null));
        Assert.That(Peer.ValueOf(head, "Content-Length"), Is.EqualTo($"{body.Length}"));
        if (isCompressed)
        {
            using var bytes = new MemoryStream(Encoding.Latin1.GetBytes(body));
            using var gzip = new GZipStream(bytes, CompressionMode.Decompress);
            using var reader = new StreamReader(gzip);
            body = await reader.ReadToEndAsync();
        }

        Assert.That(PrometheusPage.Parse(body)["planb_backends_dead"], Is.Zero);
        Assert.That(
            (await _unasked.GetAsync("/healthz", "Accept-Encoding: gzip\r\n")).Body, Is.EqualTo("OK\n"), "too short");
    }

    [Test]
    public async Task SeedsMetrics_HaveTheirNamesHelpAndBuckets()
    {
        var (_, page) = await _unasked.GetAsync("/metrics");
        string[] buckets = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
        string[] expected =
        [
            "# HELP planb_reverseproxy_connections_current_open " +
                "The current number of open connections excluding hijacked ones.",
            "# TYPE planb_reverseproxy_connections_current_open gauge",
            "# HELP planb_reverseproxy_http_request_duration_seconds The total HTTP request latencies in seconds.",
            "# TYPE planb_reverseproxy_http_request_duration_seconds histogram",
            "# HELP planb_reverseproxy_backend_request_duration_seconds " +
                "The backends HTTP request latencies in seconds.",
            "# TYPE planb_reverseproxy_backend_request_duration_seconds histogram",
            "# HELP planb_reverseproxy_backends_responses_total The total backends responses by status code.",
            "# TYPE planb_reverseproxy_backends_responses_total counter",
            "# HELP planb_router_backend_markdead_total The total number of backend mark dead occurencies.",
            "# TYPE planb_router_backend_markdead_total counter",
            .. buckets.Select(le =>
                $"planb_reverseproxy_http_request_duration_seconds_bucket{{le=\"{le}\"}} 0"),
            .. buckets.Select(le =>
                $"planb_reverseproxy_backend_request_duration_seconds_bucket{{le=\"{le}\"}} 0"),
        ];
        Assert.That(page.Split('\n'), Is.SupersetOf(expected));
    }

    [Test]
    public async Task Handshakes_AreThereBeforeTheFirst()
    {
        var (_, page) = await _unasked.GetAsync("/metrics");
        var expected =
            from version in (string[])["1.3", "1.2", "older"]
            from resumed in (string[])["false", "true"]
            select $"planb_tls_handshakes_total{{version=\"{version}\",resumed=\"{resumed}\"}} 0";
        Assert.That(page.Split('\n'), Is.SupersetOf(expected));
    }

    [Test]
    public async Task Promtool_FindsNothingToComplainOf()
    {
        await using var watched = await WatchedPlanb.StartAsync();
        await watched.AskAsync("a.com");
        var (_, body) = await watched.GetAsync("/metrics");
        await Promtool.CheckMetricsAsync(body);
    }

    [Test]
    public async Task StateJson_TellsWhoMarkedABackend()
    {
        await using var watched = await WatchedPlanb.StartAsync();
        var closed = $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}";
        watched.Redis.AddRoute("dead.com", "app", closed);
        watched.Redis.AddRoute("hand.com", "app", closed, closed + "/2");
        watched.Redis.Cli("sadd", "dead:hand.com", "1");
        await watched.AskAsync("dead.com");
        await watched.AskAsync("hand.com");
        var (_, body) = await watched.GetAsync("/state.json");
        using var state = JsonDocument.Parse(body);
        var marked = state.RootElement.GetProperty("backends").GetProperty("marked").EnumerateArray()
            .Select(dead => $"{dead.GetProperty("frontend")} {dead.GetProperty("index")} {dead.GetProperty("origin")}");
        Assert.That(marked, Is.EquivalentTo(["dead.com 0 router", "hand.com 0 router", "hand.com 1 redis"]));
        Assert.That(state.RootElement.GetProperty("redis")[0].GetProperty("up").GetBoolean());
        Assert.That(state.RootElement.GetProperty("routes").GetProperty("hosts").GetInt32(), Is.EqualTo(2));
        Assert.That(state.RootElement.GetProperty("ready").GetBoolean());
    }

    [Test]
    public async Task WithoutRedisAndRoutes_ItLivesAndIsNotReady()
    {
        await using var watched = await WatchedPlanb.StartAsync();
        Assert.That((await watched.GetAsync("/readyz")).Head, Does.StartWith("HTTP/1.1 200 "));
        watched.Redis.Kill();
        await Eventually.IsTrue(
            async () => (await watched.GetAsync("/readyz")).Head.StartsWith("HTTP/1.1 503 "), "it is not ready");
        Assert.That((await watched.GetAsync("/readyz")).Body, Does.Contain("redis"));
        Assert.That((await watched.GetAsync("/healthz")).Head, Does.StartWith("HTTP/1.1 200 "));
        var (_, body) = await watched.GetAsync("/metrics");
        Assert.That(PrometheusPage.Parse(body)["planb_redis_up{role=\"read\"}"], Is.Zero);
    }

    [Test]
    public async Task WhileItDrains_ItIsNotReadyAndGoesOnTelling()
    {
        await using var watched = await WatchedPlanb.StartAsync();
        using var backend = new ScriptedBackend();
        watched.Redis.AddRoute("slow.com", "app", backend.Url);
        using var client = await Peer.ConnectAsync(watched.Port);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: slow.com\r\n\r\n");
        using var peer = await backend.AcceptAsync();
        await watched.Planb.SignalAsync("TERM");
        await watched.Planb.ErrorLineAsync("Stopping listening");
        var (head, body) = await watched.GetAsync("/readyz");
        Assert.That((head[..13], body), Is.EqualTo(("HTTP/1.1 503 ", "draining\n")));
        Assert.That((await watched.GetAsync("/healthz")).Head, Does.StartWith("HTTP/1.1 200 "));
        var (_, metrics) = await watched.GetAsync("/metrics");
        Assert.That(PrometheusPage.Parse(metrics)["planb_requests_in_flight"], Is.EqualTo(1));
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(await watched.Planb.ExitAsync(), Is.Zero);
    }

    [TestCase("GET /", "200")]
    [TestCase("GET /metric", "404")]
    [TestCase("POST /metrics", "405")]
    [TestCase("GET /metrics?x=y", "200")]
    [TestCase("HEAD /metrics", "200")]
    [TestCase("GET  /metrics", "400")]
    public async Task Page_IsAskedForByPathAndMethod(string request, string status)
    {
        var response = await _unasked.SayAsync(request, "");
        Assert.That(response, Does.StartWith($"HTTP/1.1 {status} "));
        if (request.StartsWith("HEAD", StringComparison.Ordinal)) Assert.That(response, Does.EndWith("\r\n\r\n"));
    }

    [Test]
    public async Task AddressInUse_IsToldAndEndsTheStart()
    {
        using var taken = new ScriptedBackend();
        var (exitCode, _, errors) = await PlanbProcess.RunAsync(
            "--listen", "127.0.0.1:0", "--routes", "/dev/null", "--access-log", "none",
            "--metrics-address", $"127.0.0.1:{taken.Port}");
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("--metrics-address"));
    }
}
