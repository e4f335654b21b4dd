using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>The signal dispositions that the process inherited.</summary>
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
    /// Stops ignoring a signal that the parent process ignored, as nohup does with HUP: .NET leaves an ignored signal
    /// alone and never receives it. At no moment does the signal end the process.
    /// </summary>
    /// <param name="signal">Its number; it is registered with .NET.</param>
    /// <param name="other">The number of a signal that is not ignored, whose handler .NET has set: one for all.</param>
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
