using Proxy.Core.Linux;

namespace Proxy.Core.Tls.OpenSsl;

/// <summary>
/// Whether OpenSSL is installed. .NET loads it at the first use of cryptography, and ends the process by abort(3) if it
/// is missing; so this is checked before.
/// </summary>
public static class OpenSslLibrary
{
    // The versions that .NET looks for, the newest first.
    private static readonly string[] Versions = ["3", "1.1", "1.0.2", "1.0.0", "10"];

    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Why there is no TLS on this machine, and what to install; null if there is.</summary>
    public static string? Fault => Found.Value;

    private static string? Find()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var wanted = Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE");
        var versions = string.IsNullOrEmpty(wanted) ? Versions : Versions.Prepend(wanted);
        return SharedLibrary.CanLoadAny(versions.Select(version => $"libssl.so.{version}"))
            ? null
            : "TLS needs OpenSSL, but libssl.so.3 cannot be loaded: install the package libssl3 (Debian, Ubuntu) or " +
                "openssl-libs (Fedora, RHEL)";
    }
}
