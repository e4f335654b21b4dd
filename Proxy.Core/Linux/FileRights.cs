using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>Checks the permissions of a file without opening it: opening a pipe would wait for its reader.</summary>
public static partial class FileRights
{
    private const int Writing = 2, NoSuchEntry = 2;

    /// <summary>Returns whether the file exists; if so, it is writable.</summary>
    /// <exception cref="IOException">It is not writable, or its path does not exist; the system's reason.</exception>
    public static bool IsThereToWrite(string path)
    {
        if (Access(path, Writing) == 0) return true;
        if (Marshal.GetLastPInvokeError() == NoSuchEntry) return false;
        throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
