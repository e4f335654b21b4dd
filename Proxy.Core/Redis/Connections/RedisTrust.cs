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

/// <summary>The certificates that a Redis must have and the one it is shown; loaded once.</summary>
internal sealed class RedisTrust
{
    private readonly BackendTrust _trust;
    private readonly SslStreamCertificateContext? _own;

    /// <param name="settings">The files.</param>
    /// <param name="role"><c>read</c> or <c>write</c>, for the names of flags.</param>
    /// <exception cref="RedisRefusedException">A file cannot be read or has the wrong content.</exception>
    public RedisTrust(RedisTls settings, string role)
    {
        if (OpenSslLibrary.Fault is { } missing) throw new RedisRefusedException($"{missing} (--{role}-redis-tls)");

        // The versions are always set for the connection: OpenSSL may be set up for the versions of clients.
        _trust = Loaded($"--{role}-redis-ca", () => new BackendTrust(
            new BackendTls(settings.AuthorityFile, settings.IsInsecure), isPresetInForce: true));
        if (settings.CertificateFile is not { } certificate) return;
        var key = settings.KeyFile ?? certificate;
        _own = Loaded($"--{role}-redis-cert, --{role}-redis-key", () => StoredChain.Load(
            CertificatePem.Decode(File.ReadAllBytes(certificate), certificate, File.ReadAllBytes(key), key)));
    }

    /// <summary>Returns the handshake options for a server.</summary>
    public SslClientAuthenticationOptions OptionsFor(string host) => OptionsFor(host, _trust.ValidatorFor(host));

    /// <summary>Performs the handshake on a new connection, which it then owns.</summary>
    /// <exception cref="RedisHandshakeException">One side rejects the other.</exception>
    public async Task<Stream> EncryptAsync(Stream plain, EndPoint server, CancellationToken cancel)
    {
        var host = server is DnsEndPoint name ? name.Host : ((IPEndPoint)server).Address.ToString();
        var validator = _trust.ValidatorFor(host);
        var stream = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(OptionsFor(host, validator), cancel);
            return stream;
        }
        catch (AuthenticationException e)
        {
            await stream.DisposeAsync();
            throw new RedisHandshakeException($"tls: {validator.Refusal ?? RootCause.MessageOf(e)}", e);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private SslClientAuthenticationOptions OptionsFor(string host, CertificateValidator validator)
    {
        var options = _trust.OptionsFor(host, validator);
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
            throw new RedisRefusedException($"{RootCause.MessageOf(e)} ({flags})");
        }
    }
}

/// <summary>The TLS handshake with Redis failed: one side does not trust the other, or does not speak TLS.</summary>
internal sealed class RedisHandshakeException(string message, Exception cause) : IOException(message, cause);

/// <summary>The TLS settings for a Redis and its Sentinels.</summary>
/// <param name="AuthorityFile">PEM file with authorities trusted in addition to the system's; null for none.</param>
/// <param name="CertificateFile">PEM file with the client certificate; null for none.</param>
/// <param name="KeyFile">PEM file with its key; null for none.</param>
/// <param name="IsInsecure">Whether nothing is verified.</param>
public sealed record RedisTls(string? AuthorityFile, string? CertificateFile, string? KeyFile, bool IsInsecure);
