using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>Native libraries that may be missing on a machine.</summary>
internal static class SharedLibrary
{
    /// <summary>Whether one of these can be loaded from the dynamic linker's usual places; it stays loaded.</summary>
    public static bool CanLoadAny(IEnumerable<string> fileNames) =>
        fileNames.Any(name => NativeLibrary.TryLoad(name, out _));
}
