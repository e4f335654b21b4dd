using System.Globalization;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>Which cores the proxy has, and which the load, the backends and Redis have.</summary>
/// <param name="Proxy">As taskset takes them; empty if all processes share all cores.</param>
/// <param name="Load">The same for everything else.</param>
internal sealed record Cores(string Proxy, string Load)
{
    private const string Status = "/proc/self/status", Field = "Cpus_allowed_list:";

    public bool AreShared => Proxy.Length == 0;

    /// <summary>
    /// Half of the cores that this process may use for each side, the proxy's first; shared if there is one only, or no
    /// taskset.
    /// </summary>
    public static Cores Split()
    {
        var allowed = Allowed();
        if (allowed.Count < 2 || Programs.Find("taskset") is null) return new Cores("", "");
        var half = allowed.Count / 2;
        return new Cores(string.Join(',', allowed.Take(half)), string.Join(',', allowed.Skip(half)));
    }

    public override string ToString() => AreShared
        ? "generator and proxy shared all cores: figures of latency hold little"
        : $"proxy on core {Proxy}; generator, backends and Redis on core {Load}";

    private static List<int> Allowed()
    {
        var line = File.ReadLines(Status).First(line => line.StartsWith(Field, StringComparison.Ordinal));
        return [.. from part in line[Field.Length..].Trim().Split(',')
                   let ends = part.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray()
                   from core in Enumerable.Range(ends[0], ends[^1] - ends[0] + 1)
                   select core];
    }
}
