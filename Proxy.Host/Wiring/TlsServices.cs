using Proxy.Core;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.Handshake;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Core.Transport;
using Proxy.Host.Status.Metrics;
using Proxy.Http1;

namespace Proxy.Host.Wiring;

/// <summary>What TLS with clients takes, built by hand.</summary>
internal sealed class TlsServices : IDisposable
{
    private readonly CertificateCache _certificates;
    private readonly Action<string> _errors;

    /// <param name="settings">How TLS is spoken with clients.</param>
    /// <param name="inRedis">The certificates in Redis, where there is one.</param>
    /// <param name="errors">Takes lines for the operator.</param>
    public TlsServices(TlsSettings settings, ICertificateStore? inRedis, Action<string> errors)
    {
        _errors = errors;
        var store = settings.Folder is { } folder ? new CertificateFolder(folder) : inRedis!;
        var rules = new CertificateRules(settings.Preset, settings.DefaultCertificate, settings.CertificatesMax);
        _certificates = new CertificateCache(store, rules, errors, TimeProvider.System);
    }

    /// <summary>Sets OpenSSL up, before anything uses it, and loads what backends are verified by.</summary>
    /// <exception cref="StartFailure">OpenSSL is missing or rejects it, or a file cannot be read.</exception>
    public static async Task<BackendTrust> PrepareAsync(Settings settings)
    {
        if (settings.Tls is not null && OpenSslLibrary.Fault is { } missing)
            throw new StartFailure($"{missing} (--tls-listen)");
        if (settings.Tls is { } tls && await OpenSslSettings.ApplyAsync(tls.Preset) is { } fault)
            throw new StartFailure(fault);
        try
        {
            return new BackendTrust(settings.BackendTls, isPresetInForce: settings.Tls is not null);
        }
        catch (Exception e) when (e is IOException or InvalidCertificateException)
        {
            throw new StartFailure($"{e.Message} (--backend-ca)", e);
        }
    }

    /// <summary>Looks whether there is the folder that certificates are to be read from.</summary>
    /// <exception cref="StartFailure">It is missing, is no folder, or cannot be read.</exception>
    public static void CheckFolder(TlsSettings? settings)
    {
        if (settings?.Folder is not { } folder) return;
        try
        {
            CertificateFolder.Check(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFailure($"cannot read certificates: {e.Message} (--load-certificates-from)", e);
        }
    }

    /// <summary>What shakes hands with clients on a transport with so many homes.</summary>
    public TlsAcceptor AcceptorFor(int homes, Deadlines deadlines) =>
        new(_certificates, deadlines, homes, _errors) { ToPlainClients = PlainOnTls.Answer };

    /// <summary>What it can be measured by.</summary>
    public TlsMetrics MetricsOf(TlsAcceptor acceptor) => new(acceptor, _certificates);

    /// <summary>Loads the default certificate and logs when there is none, before a client needs it.</summary>
    public Task CheckDefaultAsync() => _certificates.CheckDefaultAsync();

    /// <summary>
    /// Reads certificates again; those that are left when there was <paramref name="enough"/> of it, when they are
    /// needed.
    /// </summary>
    public Task<CertificatesReread> RereadAsync(CancellationToken enough) => _certificates.RereadAsync(enough);

    /// <inheritdoc/>
    public void Dispose() => _certificates.Dispose();
}
