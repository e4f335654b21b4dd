using System.Security.Authentication;
using Proxy.Core.Routing;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls.Backends;

/// <summary>
/// TLS with <c>https://</c> backends: the name of the URL is asked for and has to be in the certificate, which has to
/// come from an authority that is trusted.
/// </summary>
/// <param name="trust">Whom to believe.</param>
/// <param name="deadlines">The clock of all waits.</param>
public sealed class BackendEncryption(BackendTrust trust, Deadlines deadlines)
{
    /// <summary>Takes over a new connection and returns the decrypted one, or says why there is none.</summary>
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
        var verdict = trust.VerdictOn(backend.Host);
        try
        {
            await using (cancel.UnsafeRegister(static connection => ((Connection)connection!).Abort(), tls))
                await tls.AuthenticateAsClientAsync(trust.OptionsFor(backend.Host, verdict));
            cancel.ThrowIfCancellationRequested();
            return new Dialed(tls, Failure.None, null);
        }
        catch (Exception e) when (ConnectionLoss.Is(e) || e is AuthenticationException)
        {
            await tls.DisposeAsync();
            cancel.ThrowIfCancellationRequested();
            return verdict.Refusal is { } refusal
                ? new Dialed(null, Failure.BackendCertificateInvalid, refusal)
                : new Dialed(null, Failure.BackendUnreachable, $"tls {backend}: {Innermost.MessageOf(e)}");
        }
    }
}
