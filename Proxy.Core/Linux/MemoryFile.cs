using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Proxy.Core.Linux;

/// <summary>A file that exists only in memory, for libraries of the same process that want a path.</summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;
    private readonly SafeFileHandle _file;

    /// <summary>Makes the file; an <see cref="IOException"/> carries the system's reason.</summary>
    public MemoryFile(string name, ReadOnlySpan<byte> content)
    {
        _file = Create(name, CloseOnExec);
        if (_file.IsInvalid) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        RandomAccess.Write(_file, content, 0);
    }

    /// <summary>Where this process finds it.</summary>
    public string Path => $"/proc/self/fd/{_file.DangerousGetHandle()}";

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string name, uint flags);
}
