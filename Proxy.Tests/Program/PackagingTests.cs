using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Telemetry;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Program;

/// <summary>What is in packaging/ fits the program.</summary>
public sealed partial class PackagingTests
{
    private const string Dashboard = "packaging/grafana-dashboard.json";
    private const string Alerts = "packaging/alerts.yml";
    private const string Documentation = "docs/metrics.md";

    [TestCase(Dashboard)]
    [TestCase(Alerts)]
    [TestCase(Documentation)]
    public async Task EveryMetricNamed_Exists(string path)
    {
        var existing = await FamiliesAsync();
        var named = Metric().Matches(Repository.Read(path)).Select(match => match.Value).Distinct().ToArray();
        Assert.That(named, Is.Not.Empty);
        Assert.That(named.Select(name => FamilyOf(name, existing)).Except(existing), Is.Empty);
    }

    [Test]
    public async Task EveryMetric_IsExplained()
    {
        var explained = Markdown.Rows(Repository.Read(Documentation));
        Assert.That((await FamiliesAsync()).Except(explained), Is.Empty);
    }

    [Test]
    public Task Alerts_AreRulesToPromtool() => Promtool.CheckRulesAsync(Repository.FullPath(Alerts));

    [Test]
    public Task DocumentedQueries_AreQueriesToPromtool() => CheckQueriesAsync(
        QueryBlock().Matches(Repository.Read(Documentation)).Select(block => block.Groups["query"].Value.Trim()));

    [Test]
    public Task DashboardsQueries_AreQueriesToPromtool()
    {
        using var dashboard = JsonDocument.Parse(Repository.Read(Dashboard));
        return CheckQueriesAsync([..
            from panel in dashboard.RootElement.GetProperty("panels").EnumerateArray()
            where panel.TryGetProperty("targets", out _)
            from target in panel.GetProperty("targets").EnumerateArray()
            select target.GetProperty("expr").GetString()!
                .Replace("$__rate_interval", "5m", StringComparison.Ordinal)]);
    }

    private static async Task CheckQueriesAsync(IEnumerable<string> queries)
    {
        var rules = queries.Select((query, i) => $"- record: q{i}\n  expr: |\n    {query}\n").ToArray();
        Assert.That(rules, Is.Not.Empty);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "groups:\n- name: queries\n  rules:\n  " +
                string.Concat(rules).TrimEnd().Replace("\n", "\n  ", StringComparison.Ordinal) + "\n");
            await Promtool.CheckRulesAsync(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<string[]> FamiliesAsync()
    {
        await using var watched = await WatchedPlanb.StartAsync();
        return [.. PrometheusPage.Parse((await watched.GetAsync("/metrics")).Body).Families];
    }

    private static string FamilyOf(string name, string[] existing) =>
        existing.Contains(name) ? name : Regex.Replace(name, "_(bucket|sum|count)$", "");

    [GeneratedRegex("^```promql\n(?<query>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex QueryBlock();

    [GeneratedRegex(@"\b(planb|process)_[a-z0-9_]*[a-z0-9]\b")]
    private static partial Regex Metric();

    /// <summary>The tables of a page.</summary>
    private static partial class Markdown
    {
        /// <summary>What stands in back quotes in the first cell of each row.</summary>
        public static string[] Rows(string text) => [.. FirstCell().Matches(text).Select(row => row.Groups[1].Value)];

        [GeneratedRegex(@"^\| `(\w+)[`{]", RegexOptions.Multiline)]
        private static partial Regex FirstCell();
    }
}
