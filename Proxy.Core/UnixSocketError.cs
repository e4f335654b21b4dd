using System.Net.Sockets;

namespace Proxy.Core;

/// <summary>
/// Messages of unix sockets. .NET reports a path that does not exist (ENOENT) as "Cannot assign requested address".
/// </summary>
internal static class UnixSocketError
{
    /// <summary>Returns the message of a failed connect to a path.</summary>
    public static string MessageOf(SocketException e) =>
        e.SocketErrorCode == SocketError.AddressNotAvailable ? "No such file or directory" : e.Message;
}
