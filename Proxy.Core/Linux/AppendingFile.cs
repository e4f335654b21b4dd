using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Proxy.Core.Linux;

/// <summary>
/// A file opened with O_APPEND, which .NET's own files never are: they write at a position they remember, so two
/// processes would overwrite each other's lines, and a truncated file would be filled with zeros.
/// </summary>
internal sealed partial class AppendingFile : IDisposable
{
    private const int WriteOnly = 1, Create = 0x40, NoTerminal = 0x100, Append = 0x400, NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Flags = WriteOnly | Create | NoTerminal | Append | NonBlocking | CloseOnExec;
    private const int OwnerAndGroup = 0b110_110_000;    // 0660, less the umask
    private const int Interrupted = 4;
    private const int NoSuchEntry = 2, NoReader = 6, NotDirectory = 20;
    private const int AtWorkingDirectory = -100, OfDescriptor = 0x1000;
    private const uint Type = 1, InodeNumber = 0x100;
    private const int PipeMilliseconds = 1000;

    private readonly SafeFileHandle _file;

    private AppendingFile(SafeFileHandle file) => _file = file;

    /// <summary>
    /// Opens or creates the file; an <see cref="IOException"/> carries the system's reason. Null for a named pipe
    /// without a reader: opening it would wait for one.
    /// </summary>
    public static AppendingFile? Open(string path)
    {
        SafeFileHandle file;
        int reason;
        do
        {
            file = Open(path, Flags, OwnerAndGroup);
            reason = Marshal.GetLastPInvokeError();
        }
        while (file.IsInvalid && reason == Interrupted);
        if (!file.IsInvalid) return new AppendingFile(file);
        if (reason == NoReader && Status(AtWorkingDirectory, path, 0, Type, out var named) == 0 && named.IsPipe)
            return null;
        throw new IOException(Marshal.GetPInvokeErrorMessage(reason));
    }

    /// <summary>
    /// Appends at least one byte and returns how many; an <see cref="IOException"/> carries the system's reason. A full
    /// pipe is waited for briefly.
    /// </summary>
    public int Write(ReadOnlySpan<byte> bytes) => BlockingWrite.Write(_file, bytes, PipeMilliseconds);

    /// <summary>
    /// Whether the path still refers to this file: it may have been renamed or removed, and another may have replaced
    /// it.
    /// </summary>
    public bool IsNamed(string path)
    {
        var isThere = Status(AtWorkingDirectory, path, 0, InodeNumber, out var named) == 0;
        if (!isThere) return Marshal.GetLastPInvokeError() is not (NoSuchEntry or NotDirectory);
        var isKnown = Status(_file, "", OfDescriptor, InodeNumber, out var opened) == 0;
        return !isKnown || named.IsSameFileAs(opened);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(SafeFileHandle file, string path, int flags, uint mask, out FileStatus status);

    /// <summary>
    /// The requested part of the kernel's struct statx, which has the same layout on all architectures.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;

        public readonly bool IsPipe => (Mode & 0xF000) == 0x1000;

        public readonly bool IsSameFileAs(in FileStatus other) =>
            (Inode, DeviceMajor, DeviceMinor) == (other.Inode, other.DeviceMajor, other.DeviceMinor);
    }
}
