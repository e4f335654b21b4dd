using Proxy.Core;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.Handshake;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Core.Transport;
using Proxy.Http1;

namespace Proxy.Host.Wiring;

/// <summary>TLS with clients, built by hand.</summary>
internal sealed class TlsServices : IDisposable
{
    private readonly Action<string> _errors;

    /// <param name="settings">The settings of TLS with clients.</param>
    /// <param name="inRedis">The certificates in Redis; null when routes come from a file.</param>
    /// <param name="errors">Receives lines for the operator.</param>
    public TlsServices(TlsSettings settings, ICertificateStore? inRedis, Action<string> errors)
    {
        _errors = errors;
        var store = settings.Folder is { } folder ? new CertificateFolder(folder) : inRedis!;
        var rules = new CertificateRules(settings.Preset, settings.DefaultCertificate, settings.CertificatesMax);
        Certificates = new CertificateCache(store, rules, errors, TimeProvider.System);
    }

    /// <summary>The certificates for clients.</summary>
    public CertificateCache Certificates { get; }

    /// <summary>Configures OpenSSL, before anything uses it, and loads the CA certificates for backends.</summary>
    /// <exception cref="StartFailure">OpenSSL is missing or rejects the settings, or a file cannot be read.</exception>
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

    /// <summary>Checks the folder that certificates are read from.</summary>
    /// <exception cref="StartFailure">It is missing, is not a folder, or cannot be read.</exception>
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

    /// <summary>Returns an acceptor for a transport with so many loops.</summary>
    public TlsAcceptor AcceptorFor(int loopCount, Deadlines deadlines) =>
        new(Certificates, deadlines, loopCount, _errors) { ToPlainClients = PlainOnTls.Answer };

    /// <summary>Loads the default certificate and logs when there is none, before a client needs it.</summary>
    public Task CheckDefaultAsync() => Certificates.CheckDefaultAsync();

    /// <summary>Rereads certificates until a stop; the remaining ones are reread when they are needed.</summary>
    public Task<CertificatesReread> RereadAsync(CancellationToken stop) => Certificates.RereadAsync(stop);

    /// <inheritdoc/>
    public void Dispose() => Certificates.Dispose();
}
