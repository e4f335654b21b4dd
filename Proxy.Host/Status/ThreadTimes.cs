using System.Globalization;

namespace Proxy.Host.Status;

/// <summary>The CPU time of a thread of this process, from <c>/proc/self/task</c> (proc(5)).</summary>
/// <param name="Id">The thread id of the kernel.</param>
/// <param name="Name">At most 15 characters.</param>
/// <param name="User">Seconds in user mode.</param>
/// <param name="System">Seconds in system mode.</param>
/// <param name="Switches">Involuntary context switches.</param>
internal readonly record struct ThreadTimes(int Id, string Name, double User, double System, long Switches)
{
    private const string Tasks = "/proc/self/task";

    // USER_HZ, on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Returns all threads; none if there is no /proc.</summary>
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
            // The thread has ended.
            return null;
        }
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);
}
