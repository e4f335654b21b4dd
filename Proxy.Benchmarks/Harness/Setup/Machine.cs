using System.Globalization;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>The machine of a measurement: figures of two machines are not comparable.</summary>
internal sealed record Machine
{
    private const string GovernorFile = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";

    public required string Cpu { get; init; }

    public required int Cores { get; init; }

    public required string Kernel { get; init; }

    /// <summary>How the kernel chooses the clock's speed; "unknown" on most virtual machines.</summary>
    public required string Governor { get; init; }

    /// <summary>The load average over a minute before the first measurement.</summary>
    public required double LoadAverage { get; init; }

    /// <summary>The cores of each process.</summary>
    public required string Pinning { get; init; }

    /// <summary>Describes this one.</summary>
    public static Machine Describe(Cores cores) => new()
    {
        Cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(IsModel)?.Split(':')[1].Trim() ?? "unknown",
        Cores = Environment.ProcessorCount,
        Kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        Governor = File.Exists(GovernorFile) ? File.ReadAllText(GovernorFile).Trim() : "unknown",
        LoadAverage = double.Parse(
            File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
        Pinning = cores.ToString(),
    };

    private static bool IsModel(string line) => line.StartsWith("model name", StringComparison.Ordinal);
}
