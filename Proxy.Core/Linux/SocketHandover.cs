using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>
/// Passes the sockets that listen on an address to the process that replaces this one, so that no socket is ever closed
/// with connections in its queue. (With SO_REUSEPORT alone every process has queues of its own, and the kernel resets
/// the connections in a queue when it is closed.) The two processes meet at an abstract socket name, one per address,
/// and only processes of the same user receive anything.
/// </summary>
internal sealed class SocketHandover : IAsyncDisposable
{
    private const int WaitingMax = 16;
    private const int AnswerMicroseconds = 1_000_000;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly IPEndPoint _address;
    private readonly int[] _descriptors;
    private readonly Action<string> _report;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _given = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private int _reported = -1;

    /// <summary>Offers sockets until it is disposed; while another process offers some, it waits.</summary>
    /// <param name="address">The address the sockets listen on.</param>
    /// <param name="descriptors">The sockets.</param>
    /// <param name="report">Takes a line when another process has received them.</param>
    public SocketHandover(IPEndPoint address, IReadOnlyList<int> descriptors, Action<string> report)
    {
        (_address, _report) = (address, report);
        _descriptors = [.. descriptors.Take(PassedDescriptors.Max)];
        _running = Task.Run(RunAsync);
    }

    /// <summary>Completes when a process has received the sockets.</summary>
    public Task Given => _given.Task;

    /// <summary>
    /// Returns the sockets of the process of the same user that listens on an address, and its id, which is 0 in
    /// another PID namespace; no sockets if there is no such process.
    /// </summary>
    public static (IReadOnlyList<int> Sockets, int Process) Take(IPEndPoint address)
    {
        if (address.Port == 0) return ([], 0);
        using var socket = NewSocket();
        try
        {
            socket.Connect(NameOf(address));
            if (PeerOf(socket) is not { } process) return ([], 0);
            if (!socket.Poll(AnswerMicroseconds, SelectMode.SelectRead)) return ([], 0);
            var taken = PassedDescriptors.Receive((int)socket.Handle);
            if (taken.Length > 0 && Array.TrueForAll(taken, descriptor => IsListeningOn(descriptor, address)))
                return (taken, process);
            foreach (var descriptor in taken) _ = Kernel.Close(descriptor);
            return ([], 0);
        }
        catch (SocketException)
        {
            // There is no such process.
            return ([], 0);
        }
    }

    /// <summary>Returns how messages name a process whose id may be unknown.</summary>
    public static string NameOf(int process) => process > 0 ? $"process {process}" : "another process";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static UnixDomainSocketEndPoint NameOf(IPEndPoint address) => new($"\0planb/{address}");

    // struct ucred: process, user, group. Returns the process at the other end if it belongs to the same user.
    private static int? PeerOf(Socket socket)
    {
        Span<int> credentials = stackalloc int[3];
        var length = socket.GetRawSocketOption(
            SocketOption.Level, SocketOption.PeerCredentials, MemoryMarshal.AsBytes(credentials));
        var isOurs = length == 3 * sizeof(int) && (uint)credentials[1] == Kernel.EffectiveUser();
        return isOurs ? credentials[0] : null;
    }

    private static bool IsListeningOn(int descriptor, IPEndPoint address)
    {
        Span<byte> room = stackalloc byte[SockAddr.BytesMax];
        return Kernel.Option(descriptor, SocketOption.IsListening) == 1 &&
            Kernel.LocalAddress(descriptor, room) >= 0 &&
            SockAddr.IsInternet(room) && SockAddr.Read(room).Equals(address);
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = NewSocket();
                if (!TryBind(socket)) await OthersEndAsync();
                else await OfferAsync(socket);
            }
            catch (OperationCanceledException)
            {
                // Stopped: the name is free for the process that waits for it.
            }
            catch (SocketException)
            {
                // It ended between the two calls, or there are no descriptors: try again.
                await Task.Delay(PauseAfterFailure, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private bool TryBind(Socket socket)
    {
        try
        {
            socket.Bind(NameOf(_address));
            socket.Listen(WaitingMax);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }

    // The process that offers sockets keeps the connections of the process that received some, until it stops. What the
    // other one sends is closed by the kernel, as a plain read has no room for descriptors.
    private async Task OthersEndAsync()
    {
        using var socket = NewSocket();
        await socket.ConnectAsync(NameOf(_address), _stop.Token);
        var buffer = new byte[1];
        while (await socket.ReceiveAsync(buffer, _stop.Token) > 0)
        {
        }
    }

    // A process that has received sockets connects again, to wait for its turn to offer them.
    private void Report(int process)
    {
        if (Interlocked.Exchange(ref _reported, process) == process) return;
        _report($"{NameOf(process)} now also accepts clients on {_address}; " +
                "this process serves until it receives TERM");
    }

    private async Task OfferAsync(Socket socket)
    {
        var given = new Queue<Socket>();
        try
        {
            while (true)
            {
                var other = await socket.AcceptAsync(_stop.Token);
                given.Enqueue(other);
                if (PeerOf(other) is { } process && PassedDescriptors.Send((int)other.Handle, _descriptors) > 0)
                {
                    _given.TrySetResult();
                    Report(process);
                }

                if (given.Count > WaitingMax) given.Dequeue().Dispose();
            }
        }
        finally
        {
            socket.Dispose();
            foreach (var other in given) other.Dispose();
        }
    }
}
