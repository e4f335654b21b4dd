using System.Net.Security;
using System.Runtime.CompilerServices;

namespace Proxy.Core.Tls;

/// <summary>
/// Sends close_notify while another thread may be reading. OpenSSL's sessions are not thread-safe, and SslStream locks
/// reads and writes against each other, but not <see cref="SslStream.ShutdownAsync"/>: concurrent with a read it
/// corrupts the memory of the process.
/// </summary>
internal static class SessionEnd
{
    /// <summary>Sends close_notify, which ends one direction alone (RFC 8446 §6.1).</summary>
    public static Task SendAsync(SslStream tls)
    {
        lock (LockOf(tls)) return tls.ShutdownAsync();
    }

    /// <summary>Returns the lock that SslStream takes for every record that it decrypts or encrypts.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get__handshakeLock")]
    public static extern object LockOf(SslStream tls);
}
