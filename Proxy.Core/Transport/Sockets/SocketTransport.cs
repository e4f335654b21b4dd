using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Transport.Sockets;

/// <summary>The portable transport: .NET's sockets under Pipelines.Sockets.Unofficial.</summary>
/// <param name="deadlines">Watches every connection.</param>
/// <param name="report">Takes a line when accepting has to pause.</param>
public sealed class SocketTransport(Deadlines deadlines, Action<string> report) : ITransport
{
    private readonly AcceptTrouble _trouble = new(report, TimeProvider.System);

    /// <inheritdoc/>
    public int Homes => 1;

    /// <inheritdoc/>
    public IListener Listen(EndPoint endpoint, Func<Connection, Task> serve, ConnectionGate? gate = null) =>
        SocketListener.Bind(endpoint, Serving(serve), gate ?? OpenGate(), _trouble);

    /// <inheritdoc/>
    public IListener Adopt(IReadOnlyList<int> descriptors, Func<Connection, Task> serve, ConnectionGate? gate = null)
    {
        gate ??= OpenGate();
        return new AdoptedListeners(
            [.. descriptors.Select(it => SocketListener.Adopt(it, Serving(serve), gate, _trouble))]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<HomeSight> Look() => [];

    /// <inheritdoc/>
    public async Task PulseAsync() => await Task.Yield();

    /// <inheritdoc/>
    public async ValueTask<Connection> ConnectAsync(EndPoint endpoint, Connection? beside, CancellationToken cancel)
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

    private Func<Socket, Task> Serving(Func<Connection, Task> serve) =>
        socket => serve(new PipelinedConnection(socket, deadlines));

    private ConnectionGate OpenGate() => new(new ConnectionBounds(int.MaxValue), report, TimeProvider.System);
}
