using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Redis;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Host.Wiring;

namespace Proxy.Host.Commands.Check;

/// <summary>Checks of OpenSSL and of certificates.</summary>
internal static class TlsChecks
{
    private static readonly string[] StoreFlags = ["load-certificates-from", "default-certificate"];

    /// <summary>Configures OpenSSL as the proxy does, and loads the CA certificates for backends.</summary>
    public static async Task<Finding> PrepareAsync(Settings settings)
    {
        if (OpenSslLibrary.Fault is { } missing) return Missing(missing, settings);
        try
        {
            await TlsServices.PrepareAsync(settings);
            return Finding.Fine(
                settings.BackendTls.IsInsecure ? "tls with backends: certificates are not verified (--backend-insecure)"
                : settings.BackendTls.AuthorityFile is { } file
                    ? $"tls with backends: CA certificates of the system and of {file}"
                    : "tls with backends: CA certificates of the system");
        }
        catch (StartFailure e)
        {
            return new Finding(Severity.Problem, e.Message)
            {
                Flags = ["backend-ca", "tls-preset"],
                Advice = "correct the path or the file: it must contain PEM certificates",
            };
        }
    }

    /// <summary>Checks every certificate of a folder, or the default one in Redis.</summary>
    public static async Task<IReadOnlyList<Finding>> CertificatesAsync(
        TlsSettings tls, RedisEndpoint redis, NameResolver names)
    {
        if (tls.Folder is { } folder) return await InFolderAsync(tls, folder);
        if (tls.DefaultCertificate.Length == 0)
            return [Finding.Fine("certificates: from Redis, each when it is needed")];
        await using var connection = await RedisConnection.StartAsync(redis, names);
        var store = new RedisCertificates(connection, new ChangeTracker(new Clock()));
        return [await OneAsync(store, tls.DefaultCertificate, tls) ?? Missing(tls.DefaultCertificate)];
    }

    private static async Task<IReadOnlyList<Finding>> InFolderAsync(TlsSettings tls, string folder)
    {
        var store = new CertificateFolder(folder);
        var findings = new List<Finding>();
        var names = new HashSet<string>();
        try
        {
            CertificateFolder.Check(folder);
            foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            {
                if (Path.GetExtension(file) is not (".crt" or ".key")) continue;
                if (!names.Add(Path.GetFileNameWithoutExtension(file))) continue;
                var finding = await OneAsync(store, Path.GetFileNameWithoutExtension(file), tls);
                if (finding is { Severity: not Severity.Fine }) findings.Add(finding);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new Finding(Severity.Problem, $"certificates: {e.Message}") { Flags = StoreFlags }];
        }

        if (tls.DefaultCertificate.Length > 0 && !names.Contains(tls.DefaultCertificate))
            findings.Add(Missing(tls.DefaultCertificate));
        findings.Insert(0, Finding.Fine($"certificates in {folder}: {names.Count}"));
        return findings;
    }

    private static async Task<Finding?> OneAsync(ICertificateStore store, string name, TlsSettings tls)
    {
        try
        {
            if (await store.ReadAsync(name) is not { } pem) return null;
            return Judged(name, CertificateCheck.Of(pem, tls.Preset, DateTime.UtcNow));
        }
        catch (Exception e) when (e is InvalidCertificateException or CertificatesUnavailableException)
        {
            return new Finding(Severity.Problem, $"certificate \"{name}\": {e.Message}")
            {
                Flags = StoreFlags,
                Advice = "correct what is stored; docs/operations.md has all causes " +
                    "(TLS reports that there is no certificate)",
            };
        }
    }

    private static Finding Judged(string name, CertificateCheck check)
    {
        var now = DateTime.UtcNow;
        var (text, advice) = check switch
        {
            _ when check.Expiry <= now => ($"expired on {check.Expiry:yyyy-MM-dd}", "renew it: clients reject it"),
            _ when check.ValidFrom > now => ($"is not valid before {check.ValidFrom:yyyy-MM-dd HH:mm} UTC",
                "clients reject it until then; if that is in the past, correct the clock"),
            { ChainFault: { } fault } => ($"is sent with a chain that clients may reject: {fault}",
                "store the certificate of the server first, followed by the certificate of each issuer"),
            _ => ("", ""),
        };
        return text.Length == 0
            ? Finding.Fine($"certificate \"{name}\": until {check.Expiry:yyyy-MM-dd}")
            : new Finding(Severity.Warning, $"certificate \"{name}\" {text}") { Flags = StoreFlags, Advice = advice };
    }

    // Without OpenSSL, only https backends are out of reach.
    private static Finding Missing(string library, Settings settings)
    {
        var isNeeded = settings.Tls is not null || settings.BackendTls.AuthorityFile is not null;
        return new Finding(isNeeded ? Severity.Problem : Severity.Warning, library)
        {
            Flags = isNeeded ? ["tls-listen", "backend-ca"] : [],
            Advice = "install it; until then requests for https:// backends are answered with 503",
        };
    }

    private static Finding Missing(string name) =>
        new(Severity.Problem, $"the default certificate \"{name}\" does not exist")
        {
            Flags = StoreFlags,
            Advice = "store it, or configure another one",
        };
}
