using System.Runtime.InteropServices;

namespace Proxy.Core.Transport.Linux;

/// <summary>Asks what may be done with a file without opening it: opening a pipe would wait for its reader.</summary>
public static partial class FileRights
{
    private const int Writing = 2;

    /// <summary>Does nothing when the file may be written to.</summary>
    /// <exception cref="IOException">It must not; the system's reason.</exception>
    public static void RequireWriting(string path)
    {
        if (Access(path, Writing) != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
