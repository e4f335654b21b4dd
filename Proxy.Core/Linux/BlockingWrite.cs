using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Proxy.Core.Linux;

/// <summary>write(2) for files, pipes and terminals, even if another process has made them non-blocking.</summary>
internal static partial class BlockingWrite
{
    private const int Interrupted = 4, TryAgain = 11;
    private const short Writable = 4;

    /// <summary>
    /// Writes at least one byte and returns how many; an <see cref="IOException"/> carries the reason.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="bytes">At least one.</param>
    /// <param name="waitMilliseconds">How long to wait for a full pipe; -1 is without limit.</param>
    public static int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, int waitMilliseconds)
    {
        while (true)
        {
            var count = write(file, bytes, (nuint)bytes.Length);
            if (count > 0) return (int)count;
            var reason = Marshal.GetLastPInvokeError();
            if (reason == Interrupted || (reason == TryAgain && IsWritable(file, waitMilliseconds))) continue;
            throw new IOException(Marshal.GetPInvokeErrorMessage(reason));
        }
    }

    private static bool IsWritable(SafeFileHandle file, int waitMilliseconds)
    {
        var wanted = new Wanted { Descriptor = (int)file.DangerousGetHandle(), Events = Writable };
        return poll(ref wanted, 1, waitMilliseconds) != 0;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Wanted
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

#pragma warning disable IDE1006 // the kernel's names
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle file, ReadOnlySpan<byte> bytes, nuint count);

    [LibraryImport("libc")]
    private static partial int poll(ref Wanted wanted, nuint count, int milliseconds);
#pragma warning restore IDE1006
}
