using System.Net;
using System.Net.Sockets;

namespace Proxy.Tests.Fixtures.Transport;

/// <summary>
/// A loopback port that stays bound, so that the kernel gives it to no other program, and that refuses connections
/// until a program listens on exactly this port. (Linux shares a bound port with a socket that asks for it by
/// number if both have SO_REUSEADDR and only one listens; .NET, redis-server and PlanB set it.)
/// </summary>
internal sealed class ReservedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ReservedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>A port on which no program of the tests ever listens.</summary>
    public static ReservedPort Closed { get; } = new();

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
