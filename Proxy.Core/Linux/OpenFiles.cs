using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>How many descriptors the process may have open (RLIMIT_NOFILE).</summary>
public static partial class OpenFiles
{
    private const int NumberOfFiles = 7;

    /// <summary>Raises the limit as far as the system permits, and returns it; 0 if it is not known.</summary>
    public static long RaiseLimit()
    {
        if (!OperatingSystem.IsLinux() || GetLimit(NumberOfFiles, out var limit) != 0) return 0;
        var wanted = limit with { Soft = limit.Hard };
        if (limit.Soft < limit.Hard && SetLimit(NumberOfFiles, wanted) == 0) limit = wanted;
        return (long)Math.Min(limit.Soft, long.MaxValue);
    }

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit(ulong Soft, ulong Hard);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);
}
