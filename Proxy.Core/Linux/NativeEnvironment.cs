using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>The environment of native libraries: .NET's own is a copy that they do not see.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable; an <see cref="IOException"/> carries the system's reason.</summary>
    public static void Set(string name, string value)
    {
        if (SetVariable(name, value, 1) != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
