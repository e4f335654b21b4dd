using System.Net;
using Proxy.Core.Tls;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Configuration;

/// <summary>Turns the flags of TLS with clients and with backends into settings.</summary>
internal static class TlsSettingsReader
{
    /// <summary>The value for the Redis that routes are read from; any other value is a folder.</summary>
    private const string InRedis = "redis";

    /// <summary>Returns the settings of TLS with clients; null when it is off.</summary>
    public static TlsSettings? ReadClients(Flags flags, FlagErrors errors)
    {
        if (flags.TlsListen.Length == 0) return null;
        if (!HostAndPort.TryListenOn(flags.TlsListen, out var endpoint))
        {
            errors.Invalid("tls-listen", flags.TlsListen,
                "HOST:PORT, :PORT or [IPV6]:PORT with a port from 0 to 65535" +
                HostAndPort.Suggestion(flags.TlsListen));
        }

        if (flags.LoadCertificatesFrom.Length == 0)
            errors.Invalid("load-certificates-from", "", "redis or the path of a folder");
        else if (flags.LoadCertificatesFrom == InRedis && flags.Routes.Length > 0)
            errors.Invalid("load-certificates-from", InRedis, "a folder's path with --routes: there is no Redis");

        return new TlsSettings
        {
            Listen = endpoint ?? new IPEndPoint(IPAddress.Any, 0),
            Preset = PresetOf(flags.TlsPreset),
            Folder = flags.LoadCertificatesFrom == InRedis ? null : flags.LoadCertificatesFrom,
            DefaultCertificate = flags.DefaultCertificate.ToLowerInvariant(),
            CertificatesMax = flags.CertificatesCacheSize,
        };
    }

    /// <summary>Returns how the certificates of backends are verified.</summary>
    public static BackendTls ReadBackends(Flags flags) =>
        new(flags.BackendCa.Length == 0 ? null : flags.BackendCa, flags.BackendInsecure is true);

    private static TlsPreset PresetOf(string word) => word switch
    {
        "old" => TlsPreset.Old,
        "intermediate" => TlsPreset.Intermediate,
        _ => TlsPreset.Modern,
    };
}
