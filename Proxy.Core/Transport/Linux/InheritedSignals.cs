using System.Runtime.InteropServices;

namespace Proxy.Core.Transport.Linux;

/// <summary>What the process was started with for its signals.</summary>
public static partial class InheritedSignals
{
    // The beginning of struct sigaction is the handler; the rest is longer on some architectures than on others.
    private const int ActionBytesMax = 256;
    private const nint Default = 0, Ignore = 1;

    /// <summary>
    /// Ends it that a signal is ignored because whoever started the process ignores it, as nohup does with HUP: .NET
    /// leaves such a signal alone, and never hears it. Until a handler is there it ends the process.
    /// </summary>
    /// <param name="signal">Its number.</param>
    public static void Heed(int signal)
    {
        Span<nint> action = stackalloc nint[ActionBytesMax / nint.Size];
        if (sigaction(signal, 0, action) == 0 && action[0] == Ignore) _ = libc_signal(signal, Default);
    }

#pragma warning disable IDE1006 // the kernel's names
    [LibraryImport("libc")]
    private static partial int sigaction(int signal, nint wanted, Span<nint> current);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint libc_signal(int number, nint handler);
#pragma warning restore IDE1006
}
