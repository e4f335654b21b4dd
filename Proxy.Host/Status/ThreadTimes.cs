using System.Globalization;

namespace Proxy.Host.Status;

/// <summary>What a thread of this process has used, from <c>/proc/self/task</c> (proc(5)).</summary>
/// <param name="Id">The kernel's number of it.</param>
/// <param name="Name">At most 15 characters.</param>
/// <param name="User">Seconds of CPU in the program.</param>
/// <param name="System">Seconds of CPU in the kernel.</param>
/// <param name="Switches">How often it lost the CPU though it had work to do.</param>
internal readonly record struct ThreadTimes(int Id, string Name, double User, double System, long Switches)
{
    private const string Tasks = "/proc/self/task";

    // The kernel counts hundredths of a second towards programs, on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>All threads that there are; empty where there is no /proc.</summary>
    public static IReadOnlyList<ThreadTimes> Read() => !Directory.Exists(Tasks)
        ? []
        : [.. Directory.EnumerateDirectories(Tasks).Select(ReadOne).OfType<ThreadTimes>().OrderBy(it => it.Id)];

    private static ThreadTimes? ReadOne(string folder)
    {
        try
        {
            var stat = File.ReadAllText($"{folder}/stat");
            var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
            var fields = stat[(close + 2)..].Split(' ');
            var lost = File.ReadLines($"{folder}/status")
                .FirstOrDefault(line => line.StartsWith("nonvoluntary_ctxt_switches", StringComparison.Ordinal), ":0");
            return new ThreadTimes(
                Number(stat[..open].Trim()), stat[(open + 1)..close],
                Number(fields[11]) / TicksPerSecond, Number(fields[12]) / TicksPerSecond,
                long.Parse(lost.AsSpan(lost.IndexOf(':') + 1), provider: CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended.
            return null;
        }
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);
}
