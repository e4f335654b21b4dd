using System.Net;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport;

/// <summary>
/// The seam below the proxy: accepts and connects byte streams. Nothing above it knows sockets, loops or descriptors.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>How many homes connections can have: <see cref="Connection.LoopIndex"/> is below this.</summary>
    int LoopCount { get; }

    /// <summary>
    /// Binds <paramref name="endpoint"/> and calls <paramref name="serve"/> for every accepted connection, on the
    /// event loop that accepted it where the transport has loops. The connection belongs to <paramref name="serve"/>.
    /// </summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="serve">Given each connection; its task ends when the connection is closed.</param>
    /// <param name="gate">How many may be connected; null for any number.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    IListener Listen(EndPoint endpoint, Func<Connection, Task> serve, ConnectionGate? gate = null);

    /// <summary>
    /// As <see cref="Listen"/>, with sockets that listen already: descriptors given by whoever started the process.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">One of them does not listen for TCP.</exception>
    IListener Adopt(IReadOnlyList<int> descriptors, Func<Connection, Task> serve, ConnectionGate? gate = null);

    /// <summary>Its event loops at this moment; empty where it has none.</summary>
    IReadOnlyList<LoopStatus> GetLoopStatus();

    /// <summary>Completes when every home has had a turn: none of them is stuck.</summary>
    Task PulseAsync();

    /// <summary>
    /// Connects to <paramref name="endpoint"/>, on the same event loop as <paramref name="beside"/> where the
    /// transport has loops.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">Refused or unreachable.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> came first.</exception>
    ValueTask<Connection> ConnectAsync(EndPoint endpoint, Connection? beside, CancellationToken cancel);
}

/// <summary>A bound address. Disposing it stops accepting and leaves accepted connections alone.</summary>
public interface IListener : IAsyncDisposable
{
    /// <summary>The address that was really bound (a requested port 0 is resolved).</summary>
    EndPoint LocalEndPoint { get; }

    /// <summary>Completes when another process was given its sockets, and accepts from them too.</summary>
    Task TakenOver => Never;

    private static readonly Task Never = new TaskCompletionSource().Task;
}
