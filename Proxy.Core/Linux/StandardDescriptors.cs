using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>The descriptors 0 to 2: stdin, stdout and stderr, open or not.</summary>
public static partial class StandardDescriptors
{
    /// <summary>Standard output.</summary>
    public const int Output = 1;

    /// <summary>Standard error.</summary>
    public const int Error = 2;

    private const int ReadOnly = 0;

    /// <summary>
    /// Opens those that are closed: otherwise the next socket would be one of them, and a client would receive what is
    /// written to stderr. A read there returns the end of the file, and a write fails, as without the descriptor.
    /// </summary>
    public static void Occupy()
    {
        for (var descriptor = 0; descriptor <= Error; descriptor++)
            if (!Kernel.IsOpen(descriptor)) _ = open("/dev/null", ReadOnly, 0);
    }

#pragma warning disable IDE1006 // the kernel's names
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);
#pragma warning restore IDE1006
}
