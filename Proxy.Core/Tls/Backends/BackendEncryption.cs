using System.Security.Authentication;
using Proxy.Core.Routing;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls.Backends;

/// <summary>
/// TLS with <c>https://</c> backends: the URL's name is sent as the server name and has to be in the certificate, which
/// has to come from a trusted authority.
/// </summary>
/// <param name="trust">The verification settings.</param>
/// <param name="deadlines">The clock of all waits.</param>
public sealed class BackendEncryption(BackendTrust trust, Deadlines deadlines)
{
    /// <summary>Takes ownership of a new connection and returns the decrypted one, or the failure.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> came first.</exception>
    public async ValueTask<Dialed> EncryptAsync(Connection plain, BackendAddress backend, CancellationToken cancel)
    {
        // Loaded by the first backend that needs it: it takes 2 MB.
        if (OpenSslLibrary.Fault is { } reason)
        {
            await plain.DisposeAsync();
            return new Dialed(null, Failure.TlsUnavailable, reason);
        }

        var tls = new TlsConnection(plain, deadlines);
        var validator = trust.ValidatorFor(backend.Host);
        try
        {
            await using (cancel.UnsafeRegister(static connection => ((Connection)connection!).Abort(), tls))
                await tls.AuthenticateAsClientAsync(trust.OptionsFor(backend.Host, validator));
            cancel.ThrowIfCancellationRequested();
            return new Dialed(tls, Failure.None, null);
        }
        catch (Exception e) when (ConnectionLoss.Is(e) || e is AuthenticationException)
        {
            await tls.DisposeAsync();
            cancel.ThrowIfCancellationRequested();
            return validator.Refusal is { } refusal
                ? new Dialed(null, Failure.BackendCertificateInvalid, refusal)
                : new Dialed(null, Failure.BackendUnreachable, $"tls {backend}: {RootCause.MessageOf(e)}");
        }
    }
}
