using System.Net;
using System.Net.Sockets;
using Proxy.Core.Linux;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// The transport of Linux: one event loop per thread, and a connection to a backend on the loop of its client.
/// </summary>
public sealed class EpollTransport : ITransport
{
    private readonly EventLoop[] _loops;
    private readonly Deadlines _deadlines;
    private readonly AcceptFailures _acceptFailures;
    private readonly Action<string> _report;
    private int _next;

    /// <summary>Starts the loops.</summary>
    /// <param name="threads">The number of loops; usually one for each core that the process may use.</param>
    /// <param name="deadlines">Watches every connection.</param>
    /// <param name="report">Takes a line when something is wrong with a loop.</param>
    /// <param name="name">The name of its threads, before their number.</param>
    public EpollTransport(int threads, Deadlines deadlines, Action<string> report, string name = "loop")
    {
        (_deadlines, _report) = (deadlines, report);
        _acceptFailures = new AcceptFailures(report, TimeProvider.System);
        _loops = new EventLoop[threads];
        for (var i = 0; i < threads; i++) _loops[i] = new EventLoop(i, name, report);
        foreach (var loop in _loops) loop.Start();
    }

    /// <summary>Whether this platform supports the loops.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() &&
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture ==
        System.Runtime.InteropServices.Architecture.X64;

    /// <inheritdoc/>
    public int LoopCount => _loops.Length;

    /// <summary>The loops, for tests.</summary>
    internal IReadOnlyList<EventLoop> Loops => _loops;

    /// <inheritdoc/>
    public IListener Listen(EndPoint endpoint, Func<Connection, Task> serve, ConnectionGate? gate = null)
    {
        var address = (IPEndPoint)endpoint;
        var (taken, process) = SocketHandover.Take(address);
        if (taken.Count == 0) return ListenOn(EpollListener.Bound(address, _loops.Length), serve, gate);
        _report($"Taking over the sockets of {address} from {SocketHandover.NameOf(process)}, " +
            "which serves until it receives TERM");
        return ListenOn(taken, serve, gate);
    }

    /// <inheritdoc/>
    public IListener Adopt(IReadOnlyList<int> descriptors, Func<Connection, Task> serve, ConnectionGate? gate = null)
    {
        foreach (var descriptor in descriptors) EpollListener.CheckAdopted(descriptor);
        return ListenOn(descriptors, serve, gate);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LoopStatus> GetLoopStatus() => Array.ConvertAll(_loops, static loop => loop.GetStatus());

    /// <inheritdoc/>
    public Task PulseAsync() => Task.WhenAll(_loops.Select(static loop =>
    {
        var turn = new LoopYield(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(turn);
        return turn.Task;
    }));

    /// <inheritdoc/>
    public async ValueTask<Connection> ConnectAsync(EndPoint endpoint, Connection? client, CancellationToken cancel)
    {
        var index = client?.LoopIndex ?? (int)((uint)Interlocked.Increment(ref _next) % _loops.Length);
        var (connection, isConnected) = Begin((IPEndPoint)endpoint, _loops[index]);
        if (isConnected) return connection;
        await using (cancel.UnsafeRegister(static it => ((Connection)it!).Output.CancelPendingFlush(), connection))
            await ((EpollWriter)connection.Output).ConnectedAsync();
        var error = Kernel.PendingError(connection.Descriptor);
        if (error == 0 && !cancel.IsCancellationRequested) return connection;
        await connection.DisposeAsync();
        cancel.ThrowIfCancellationRequested();
        throw new SocketException(error);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var loop in _loops) loop.Dispose();
        return ValueTask.CompletedTask;
    }

    private EpollListener ListenOn(
        IReadOnlyList<int> descriptors, Func<Connection, Task> serve, ConnectionGate? gate) => new(
        descriptors,
        _loops,
        (socket, loop) => new Acceptor(socket, loop, _deadlines, serve) { Gate = gate, Failures = _acceptFailures },
        _report);

    private (EpollConnection Connection, bool IsConnected) Begin(IPEndPoint endpoint, EventLoop loop)
    {
        Span<byte> room = stackalloc byte[SockAddr.BytesMax];
        var descriptor = EventLoop.Checked(Kernel.Socket(SockAddr.FamilyOf(endpoint)));
        SocketOption.Tune(descriptor);
        var result = Kernel.Connect(descriptor, SockAddr.Write(endpoint, room));
        if (result >= 0) return (new EpollConnection(descriptor, endpoint, loop, _deadlines), true);
        if (result != -Kernel.InProgress)
        {
            _ = Kernel.Close(descriptor);
            throw new SocketException(-result);
        }

        return (new EpollConnection(descriptor, endpoint, loop, _deadlines, isConnecting: true), false);
    }
}
