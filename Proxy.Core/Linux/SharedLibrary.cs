using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>Native libraries that may be missing on a machine.</summary>
internal static class SharedLibrary
{
    /// <summary>Returns whether the dynamic linker finds one of these libraries; it stays loaded.</summary>
    public static bool CanLoadAny(IEnumerable<string> fileNames) =>
        fileNames.Any(name => NativeLibrary.TryLoad(name, out _));
}
