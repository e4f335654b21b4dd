using Proxy.Core.Linux;

namespace Proxy.Core.Transport.Admission;

/// <summary>The limits of clients.</summary>
/// <param name="Max">At once, on all listeners together; further clients wait in the kernel's queue.</param>
/// <param name="PerAddressMax">At once from one address; further clients are closed. 0 is no limit.</param>
public sealed record ConnectionBounds(int Max, int PerAddressMax = 0)
{
    // The runtime, logs, Redis; for each event loop its own two, and a socket of each listener.
    private const int FilesOfProcess = 32;
    private const int FilesPerThread = 4;

    // Connections to backends that idle clients leave room for.
    private const int FilesForBackends = 100;

    /// <summary>
    /// Returns the limits that the settings and the process's limit of open files allow. A number given by the operator
    /// may exceed the default, since the operator knows how many clients are idle.
    /// </summary>
    /// <param name="settings">The operator's limits.</param>
    /// <param name="report">Takes a line if the operator's limit is higher than possible.</param>
    public static ConnectionBounds Of(Settings settings, Action<string> report)
    {
        var (files, wanted) = (OpenFiles.RaiseLimit(), settings.ConnectionsMax);
        var possible = PossibleIdle(files, settings.Threads);
        if (wanted > possible)
            report($"limiting clients to {possible}: the limit of open files is too low for --max-connections");
        var max = wanted == 0 ? Possible(files, settings.Threads) : Math.Min(wanted, possible);
        return new ConnectionBounds(max, settings.ConnectionsPerAddressMax);
    }

    /// <summary>
    /// Returns how many clients a limit of open files permits: each may need a connection to a backend as well.
    /// </summary>
    /// <param name="files">The limit; 0 if it is not known.</param>
    /// <param name="threads">The number of event loops.</param>
    public static int Possible(long files, int threads)
    {
        if (files == 0) return int.MaxValue;
        return (int)Math.Clamp(Free(files, threads) / 2, 1, int.MaxValue);
    }

    /// <summary>
    /// Returns how many clients the limit permits if most of them are idle, and few need a connection to a backend.
    /// </summary>
    public static int PossibleIdle(long files, int threads)
    {
        if (files == 0) return int.MaxValue;
        return (int)Math.Clamp(Free(files, threads) - FilesForBackends, Possible(files, threads), int.MaxValue);
    }

    private static long Free(long files, int threads) => files - FilesOfProcess - (long)FilesPerThread * threads;
}
