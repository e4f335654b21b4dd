using System.Text;
using Proxy.Core.Linux;

namespace Proxy.Core.Tls.OpenSsl;

/// <summary>
/// Sets OpenSSL up for a preset, for the whole process; to be called before OpenSSL is used. Does nothing on systems
/// other than Linux.
/// </summary>
public static class OpenSslSettings
{
    /// <summary>Sets the preset and tests it; returns what is wrong, or null.</summary>
    public static async Task<string?> ApplyAsync(TlsPreset preset)
    {
        if (!OperatingSystem.IsLinux()) return null;
        if (OpenSslLibrary.Fault is { } missing) return missing;
        try
        {
            using var file = new MemoryFile("openssl.cnf", Encoding.ASCII.GetBytes(OpenSslPreset.TextOf(preset)));
            NativeEnvironment.Set("OPENSSL_CONF", file.Path);
            return await new PresetCheck(preset).FindFaultAsync();
        }
        catch (IOException e)
        {
            return $"OpenSSL cannot be set up: {e.Message}";
        }
    }
}
