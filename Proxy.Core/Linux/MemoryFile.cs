using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Proxy.Core.Linux;

/// <summary>A file in memory only, for libraries of this process that require a path.</summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;
    private readonly SafeFileHandle _file;

    /// <summary>Creates the file; an <see cref="IOException"/> carries the system's reason.</summary>
    public MemoryFile(string name, ReadOnlySpan<byte> content)
    {
        _file = Create(name, CloseOnExec);
        if (_file.IsInvalid) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        RandomAccess.Write(_file, content, 0);
    }

    /// <summary>The path of the file for this process.</summary>
    public string Path => $"/proc/self/fd/{_file.DangerousGetHandle()}";

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string name, uint flags);
}
