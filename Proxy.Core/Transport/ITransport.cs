using System.Net;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport;

/// <summary>
/// The seam below the proxy: accepts and connects byte streams. Nothing above it knows sockets, loops or descriptors.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>The number of event loops: <see cref="Connection.LoopIndex"/> is below it.</summary>
    int LoopCount { get; }

    /// <summary>
    /// Binds <paramref name="endpoint"/> and calls <paramref name="serve"/> for every accepted connection, on the
    /// event loop that accepted it if the transport has loops. The connection belongs to <paramref name="serve"/>.
    /// </summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="serve">Receives each connection; its task ends when the connection is closed.</param>
    /// <param name="gate">The limits of clients; null for none.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    IListener Listen(EndPoint endpoint, Func<Connection, Task> serve, ConnectionGate? gate = null);

    /// <summary>
    /// As <see cref="Listen"/>, with listening sockets: descriptors inherited from the parent process.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">One of them does not listen for TCP.</exception>
    IListener Adopt(IReadOnlyList<int> descriptors, Func<Connection, Task> serve, ConnectionGate? gate = null);

    /// <summary>Returns the state of its event loops at this moment; empty if it has none.</summary>
    IReadOnlyList<LoopStatus> GetLoopStatus();

    /// <summary>Completes when every loop has had a turn: none of them is stuck.</summary>
    Task PulseAsync();

    /// <summary>
    /// Connects to <paramref name="endpoint"/>, on the same event loop as <paramref name="client"/> if the
    /// transport has loops.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">Refused or unreachable.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> came first.</exception>
    ValueTask<Connection> ConnectAsync(EndPoint endpoint, Connection? client, CancellationToken cancel);
}

/// <summary>A bound address. Disposing it stops accepting and leaves accepted connections alone.</summary>
public interface IListener : IAsyncDisposable
{
    /// <summary>The bound address (with the real port if port 0 was requested).</summary>
    EndPoint LocalEndPoint { get; }

    /// <summary>Completes when another process has received its sockets, and accepts from them too.</summary>
    Task TakenOver => Never;

    private static readonly Task Never = new TaskCompletionSource().Task;
}

/// <summary>The state of an event loop at one moment, for diagnostics.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Turns">How often it has waited; wraps around after 2^31.</param>
/// <param name="Descriptors">The connections and listening sockets that it watches.</param>
/// <param name="QueuedItems">The queued work items.</param>
public readonly record struct LoopStatus(int Index, int Turns, int Descriptors, int QueuedItems);
