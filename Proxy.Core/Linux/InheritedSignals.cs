using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>What the process was started with for its signals.</summary>
public static partial class InheritedSignals
{
    // The beginning of struct sigaction is the handler; the rest is longer on some architectures than on others.
    private const int ActionBytesMax = 256;
    private const nint Ignore = 1;

    /// <summary>Returns whether the process that started this one ignores a signal, so that it has no effect.</summary>
    public static bool IsIgnored(int signal)
    {
        Span<nint> action = stackalloc nint[ActionBytesMax / nint.Size];
        return sigaction(signal, 0, action) == 0 && action[0] == Ignore;
    }

    /// <summary>
    /// Ends it that a signal is ignored because whoever started the process ignores it, as nohup does with HUP: .NET
    /// leaves such a signal alone, and never hears it. At no moment does it end the process.
    /// </summary>
    /// <param name="signal">Its number; it is registered with .NET.</param>
    /// <param name="other">The number of another that is, whose handler .NET has set: it is one for all.</param>
    public static void Heed(int signal, int other)
    {
        if (!IsIgnored(signal)) return;
        Span<nint> action = stackalloc nint[ActionBytesMax / nint.Size];
        if (sigaction(other, 0, action) == 0) _ = sigaction(signal, action, 0);
    }

#pragma warning disable IDE1006 // the kernel's names
    [LibraryImport("libc")]
    private static partial int sigaction(int signal, nint wanted, Span<nint> current);

    [LibraryImport("libc")]
    private static partial int sigaction(int signal, ReadOnlySpan<nint> wanted, nint current);
#pragma warning restore IDE1006
}
