using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;

namespace Proxy.Core.Tls.OpenSsl;

/// <summary>
/// Handshakes of this process with itself that show which preset is in force: OpenSSL silently ignores a configuration
/// that it cannot apply.
/// </summary>
internal sealed class PresetCheck(TlsPreset preset)
{
    /// <summary>Returns what is wrong, or null.</summary>
    public async Task<string?> FindFaultAsync()
    {
        using var server = ServerCertificate.Load(MakeCertificate(), preset, PinnedContext.MakeHello());
        var best = await SuiteOfAsync(server, SslProtocols.Tls12 | SslProtocols.Tls13, null);
        if (best != TlsCipherSuite.TLS_AES_128_GCM_SHA256) return Fault($"TLS 1.3 chooses {Text(best)}");

        var older = await SuiteOfAsync(
            server, SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256);
        if (older is null != preset is TlsPreset.Modern) return Fault($"with CBC, TLS 1.2 chooses {Text(older)}");

        var oldest = await SuiteOfAsync(server, Tls10, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA);
        if (oldest is null == preset is TlsPreset.Old) return Fault($"TLS 1.0 chooses {Text(oldest)}");
        return null;
    }

    // TLS 1.0, which is obsolete to the compiler too: it is used here only to check whether it is rejected.
    private const SslProtocols Tls10 = (SslProtocols)0xC0;

    private string Fault(string what) =>
        $"OpenSSL does not apply the settings of --tls-preset {preset.ToString().ToLowerInvariant()}: {what}";

    private static string Text(TlsCipherSuite? suite) => suite?.ToString() ?? "nothing";

    private static CertificatePem MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=planb", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new CertificatePem(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    // The suite agreed on, or null if there is none.
    private static async Task<TlsCipherSuite?> SuiteOfAsync(
        ServerCertificate certificate, SslProtocols protocols, TlsCipherSuite? offered)
    {
        var (up, down) = (new Pipe(), new Pipe());
        await using var server = new SslStream(new WireStream(up.Reader, down.Writer));
        await using var client = new SslStream(new WireStream(down.Reader, up.Writer));
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "planb",
            EnabledSslProtocols = protocols,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            RemoteCertificateValidationCallback = new CertificateValidator("planb", isInsecure: true).Accept,
        };
        if (offered is { } suite && OperatingSystem.IsLinux())
            options.CipherSuitesPolicy = new CipherSuitesPolicy([suite]);
        var isAccepted = await AllAsync(
            EndAsync(server.AuthenticateAsServerAsync(certificate.Options), down.Writer),
            EndAsync(client.AuthenticateAsClientAsync(options), up.Writer));
        return isAccepted ? server.NegotiatedCipherSuite : null;
    }

    private static async Task<bool> AllAsync(params Task<bool>[] tasks) =>
        (await Task.WhenAll(tasks)).All(done => done);

    // A side that fails closes, so that the other one does not wait.
    private static async Task<bool> EndAsync(Task handshake, PipeWriter output)
    {
        try
        {
            await handshake;
            return true;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await output.CompleteAsync();
            return false;
        }
    }
}
