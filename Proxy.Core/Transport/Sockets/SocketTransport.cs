using System.Net;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport.Sockets;

/// <summary>The portable transport: .NET's sockets under Pipelines.Sockets.Unofficial.</summary>
/// <param name="deadlines">Watches every connection.</param>
/// <param name="report">Takes a line when accepting has to pause.</param>
public sealed class SocketTransport(Deadlines deadlines, Action<string> report) : ITransport
{
    private readonly AcceptFailures _acceptFailures = new(report, TimeProvider.System);

    /// <inheritdoc/>
    public int LoopCount => 1;

    /// <inheritdoc/>
    public IListener Listen(EndPoint endpoint, Func<Connection, Task> serve, ConnectionGate? gate = null) =>
        SocketListener.Bind(endpoint, Served(serve), gate ?? Unbounded(), _acceptFailures);

    /// <inheritdoc/>
    public IListener Adopt(
        IReadOnlyList<int> descriptors, Func<Connection, Task> serve, ConnectionGate? gate = null) =>
        SocketListener.Adopt(descriptors, Served(serve), gate ?? Unbounded(), _acceptFailures);

    /// <inheritdoc/>
    public IReadOnlyList<LoopStatus> GetLoopStatus() => [];

    /// <inheritdoc/>
    public async Task PulseAsync() => await Task.Yield();

    /// <inheritdoc/>
    public async ValueTask<Connection> ConnectAsync(EndPoint endpoint, Connection? client, CancellationToken cancel)
    {
        var socket = SocketOptions.Create(endpoint);
        try
        {
            await socket.ConnectAsync(endpoint, cancel);
            SocketOptions.Tune(socket);
            return new PipelinedConnection(socket, deadlines);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Func<System.Net.Sockets.Socket, Task> Served(Func<Connection, Task> serve) =>
        socket => serve(new PipelinedConnection(socket, deadlines));

    private ConnectionGate Unbounded() => new(new ConnectionBounds(int.MaxValue), report, TimeProvider.System);
}
