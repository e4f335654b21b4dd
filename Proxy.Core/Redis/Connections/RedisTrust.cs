using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.OpenSsl;

namespace Proxy.Core.Redis.Connections;

/// <summary>Which certificates of a Redis are believed and which one it is shown; loaded once.</summary>
internal sealed class RedisTrust
{
    private readonly BackendTrust _trust;
    private readonly SslStreamCertificateContext? _own;

    /// <param name="settings">The files.</param>
    /// <param name="role"><c>read</c> or <c>write</c>, for the names of flags.</param>
    /// <exception cref="RedisRefusedException">A file cannot be read or has not in it what it should.</exception>
    public RedisTrust(RedisTls settings, string role)
    {
        if (OpenSslLibrary.Fault is { } missing) throw new RedisRefusedException($"{missing} (--{role}-redis-tls)");

        // What is offered is always said for the connection: OpenSSL may be set up for what clients may speak.
        _trust = Loaded($"--{role}-redis-ca", () => new BackendTrust(
            new BackendTls(settings.AuthorityFile, settings.IsInsecure), isPresetInForce: true));
        if (settings.CertificateFile is not { } certificate) return;
        var key = settings.KeyFile ?? certificate;
        _own = Loaded($"--{role}-redis-cert, --{role}-redis-key", () => StoredChain.Load(
            CertificatePem.Decode(File.ReadAllBytes(certificate), certificate, File.ReadAllBytes(key), key)));
    }

    /// <summary>What a handshake with that server is given.</summary>
    public SslClientAuthenticationOptions OptionsFor(string host) => OptionsFor(host, _trust.VerdictOn(host));

    /// <summary>Shakes hands over a new connection, which it owns from here on.</summary>
    /// <exception cref="RedisHandshakeException">One of the two does not want the other.</exception>
    public async Task<Stream> EncryptAsync(Stream plain, EndPoint server, CancellationToken cancel)
    {
        var host = server is DnsEndPoint name ? name.Host : ((IPEndPoint)server).Address.ToString();
        var verdict = _trust.VerdictOn(host);
        var stream = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(OptionsFor(host, verdict), cancel);
            return stream;
        }
        catch (AuthenticationException e)
        {
            await stream.DisposeAsync();
            throw new RedisHandshakeException($"tls: {verdict.Refusal ?? Innermost.MessageOf(e)}", e);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private SslClientAuthenticationOptions OptionsFor(string host, CertificateValidator verdict)
    {
        var options = _trust.OptionsFor(host, verdict);
        options.ApplicationProtocols = null;
        options.ClientCertificateContext = _own;
        return options;
    }

    private static T Loaded<T>(string flags, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException
            or InvalidCertificateException or ArgumentException)
        {
            throw new RedisRefusedException($"{Innermost.MessageOf(e)} ({flags})");
        }
    }
}
