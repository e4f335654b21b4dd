using System.Net.Sockets;

namespace Proxy.Core.Transport;

/// <summary>Which exceptions of a connection's pipes mean that the connection is lost.</summary>
public static class ConnectionLoss
{
    /// <summary>
    /// Returns true for a reset, an abort from either side, and use after an abort: nothing that a bug of ours would
    /// throw elsewhere.
    /// </summary>
    public static bool Is(Exception exception) => exception is
        IOException or SocketException or OperationCanceledException or ObjectDisposedException or
        InvalidOperationException;
}
