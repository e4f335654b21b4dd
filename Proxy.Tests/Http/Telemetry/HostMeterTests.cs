using System.Text;
using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Http.Telemetry;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.Http.Telemetry;

/// <summary>The busiest hosts are counted one by one, in memory that does not grow with the hosts.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HostMeterTests : IAsyncDisposable
{
    private const int Seats = 3;
    private readonly FixedRoutes _routes = new();
    private readonly Router _router;
    private readonly BusiestHosts _busiest;
    private readonly Counters _counters;
    private readonly HostMeter _meter;

    public HostMeterTests()
    {
        var changes = new ChangeTracker(new Clock());
        changes.Connect();
        _router = new Router(_routes, new RoutingSettings(), changes, _ => { });
        _busiest = new BusiestHosts(_router, Seats);
        _counters = new Counters(1, HostMeter.CountersOf(_busiest));
        _meter = new HostMeter(_counters, 0, _busiest) { RebalancePeriod = TimeSpan.Zero };
    }

    public ValueTask DisposeAsync() => _router.DisposeAsync();

    [Test]
    public async Task TwentyThousandHosts_HaveNoMoreSeriesThanSeats()
    {
        const int Hosts = 20_000;
        for (var i = 0; i < Hosts; i++) await AskAsync($"h{i}.com");
        for (var i = 0; i < 50; i++) await AskAsync("h7.com");
        Page();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) await AskAsync("h7.com");
        var page = Page();
        Assert.That(HostsOf(page), Has.Count.EqualTo(Seats + 1).And.Contains("h7.com").And.Contains("_other"));
        Assert.That(Requests(page, "h7.com"), Is.EqualTo(50));
        Assert.That(Requests(page, "_other"), Is.EqualTo(Hosts + 50));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000), "no memory for each host");
    }

    [Test]
    public async Task NoNumberFalls_WhateverHostsCome()
    {
        var random = new Random(1);
        var last = new Dictionary<string, double>();
        var asked = 0;
        for (var round = 0; round < 40; round++)
        {
            var favourite = random.Next(20);
            for (var i = 0; i < 200; i++, asked++) await AskAsync($"h{(i % 2 == 0 ? favourite : random.Next(20))}.com");
            var page = Page();
            foreach (var series in page.Series)
            {
                // A host that comes back begins at 0, like a process that was started again.
                var isOther = series.Contains("\"_other\"", StringComparison.Ordinal);
                if (isOther) Assert.That(page[series], Is.GreaterThanOrEqualTo(last.GetValueOrDefault(series)), series);
                last[series] = page[series];
            }

            Assert.That(HostsOf(page).Sum(host => Requests(page, host)), Is.EqualTo(asked), "nothing is lost");
        }
    }

    [Test]
    public async Task HostThatIsALittleLessBusy_KeepsItsSeat()
    {
        foreach (var host in (string[])["a.com", "b.com", "c.com"])
            for (var i = 0; i < 100; i++) await AskAsync(host);
        Page();
        for (var i = 0; i < 110; i++) await AskAsync("d.com");
        foreach (var host in (string[])["a.com", "b.com", "c.com"])
            for (var i = 0; i < 100; i++) await AskAsync(host);
        Assert.That(HostsOf(Page()), Is.EquivalentTo(["a.com", "b.com", "c.com", "_other"]));
        for (var i = 0; i < 1000; i++) await AskAsync("d.com");
        Assert.That(HostsOf(Page()), Does.Contain("d.com"));
    }

    [Test]
    public async Task UnknownHosts_AreCountedTogether()
    {
        await _router.ChooseAsync("made-up.com"u8.ToArray());
        _meter.Count(_counters.At(0), null, 400, TimeSpan.Zero);
        var page = Page();
        Assert.That(HostsOf(page), Is.EqualTo(["_other"]));
        Assert.That(page["planb_host_requests_total{host=\"_other\",code_class=\"4xx\"}"], Is.EqualTo(1));
    }

    private async Task AskAsync(string host)
    {
        _routes.Set(host, "http://127.0.0.1:1");
        var choice = await _router.ChooseAsync(Encoding.Latin1.GetBytes(host));
        _meter.Count(_counters.At(0), choice.Route, 200, TimeSpan.FromMilliseconds(3));
    }

    private PrometheusPage Page() => PageOf.Source(new Written(_meter));

    private static List<string> HostsOf(PrometheusPage page) =>
        [.. page.Series.Where(series => series.Contains("code_class=\"2xx\"", StringComparison.Ordinal))
            .Select(series => series.Split('"')[1])];

    private static double Requests(PrometheusPage page, string host) =>
        page[$"planb_host_request_duration_seconds_count{{host=\"{host}\"}}"];

    private sealed class Written(HostMeter meter) : IMetricSource
    {
        public void WriteTo(MetricsText text) => meter.WriteTo(text);
    }
}
