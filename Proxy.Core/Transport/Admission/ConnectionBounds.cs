using Proxy.Core.Linux;

namespace Proxy.Core.Transport.Admission;

/// <summary>How many clients may be connected.</summary>
/// <param name="Max">At once, on all listeners together; more of them wait in the kernel's queue.</param>
/// <param name="PerAddressMax">At once from one address; more of them are closed. 0 is no limit.</param>
public sealed record ConnectionBounds(int Max, int PerAddressMax = 0)
{
    // The runtime, logs, Redis; and for each event loop its own two and a socket of each listener.
    private const int FilesOfProcess = 32;
    private const int FilesPerThread = 4;

    // Connections to backends that idle clients leave room for.
    private const int FilesForBackends = 100;

    /// <summary>
    /// Returns the limits that the settings and the process's limit of open files allow. A number given by the operator
    /// may exceed the default, since the operator knows how many clients are idle.
    /// </summary>
    /// <param name="settings">The operator's limits.</param>
    /// <param name="report">Takes a line when the operator's limit is higher than is possible here.</param>
    public static ConnectionBounds Of(Settings settings, Action<string> report)
    {
        var (files, wanted) = (OpenFiles.RaiseLimit(), settings.ConnectionsMax);
        var possible = PossibleIdle(files, settings.Threads);
        if (wanted > possible)
            report($"at most {possible} clients: more files may not be open here (--max-connections)");
        var max = wanted == 0 ? Possible(files, settings.Threads) : Math.Min(wanted, possible);
        return new ConnectionBounds(max, settings.ConnectionsPerAddressMax);
    }

    /// <summary>
    /// How many clients a limit of open files is enough for: each may need a connection to a backend as well.
    /// </summary>
    /// <param name="files">The limit; 0 when it is not known.</param>
    /// <param name="threads">How many event loops there are.</param>
    public static int Possible(long files, int threads)
    {
        if (files == 0) return int.MaxValue;
        return (int)Math.Clamp(Free(files, threads) / 2, 1, int.MaxValue);
    }

    /// <summary>
    /// How many clients the limit allows when most of them are idle, and few need a connection to a backend.
    /// </summary>
    public static int PossibleIdle(long files, int threads)
    {
        if (files == 0) return int.MaxValue;
        return (int)Math.Clamp(Free(files, threads) - FilesForBackends, Possible(files, threads), int.MaxValue);
    }

    private static long Free(long files, int threads) => files - FilesOfProcess - (long)FilesPerThread * threads;
}
