using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>
/// Gives the sockets that listen on an address to the process that will take this one's place, so that no socket is
/// ever closed with connections in its queue. (With SO_REUSEPORT alone every process has queues of its own, and the
/// kernel resets what is in one when it is closed.) They meet at a name of the kernel's, one for each address, and only
/// processes of the same user are given anything.
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

    /// <summary>Offers sockets until it is disposed; while another process offers some, it waits its turn.</summary>
    /// <param name="address">What they listen on.</param>
    /// <param name="descriptors">The sockets.</param>
    /// <param name="report">Takes a line when another process has been given them.</param>
    public SocketHandover(IPEndPoint address, IReadOnlyList<int> descriptors, Action<string> report)
    {
        (_address, _report) = (address, report);
        _descriptors = [.. descriptors.Take(PassedDescriptors.Max)];
        _running = Task.Run(RunAsync);
    }

    /// <summary>Completes when they were given to a process.</summary>
    public Task Given => _given.Task;

    /// <summary>
    /// The sockets of the process of the same user that listens on an address, and its id, which is 0 in another
    /// namespace of processes; no sockets where there is no such process.
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

    /// <summary>What messages call a process whose id may not be known.</summary>
    public static string NameOf(int process) => process > 0 ? $"process {process}" : "another process";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static UnixDomainSocketEndPoint NameOf(IPEndPoint address) => new($"\0planb/{address}");

    // struct ucred: process, user, group. The process at the other end, if it is of the same user.
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
                // Stopped: the name is free for whoever waits for it.
            }
            catch (SocketException)
            {
                // It ended between the two, or there are no descriptors: once more.
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

    // Who offers sockets keeps the connections of those that it gave some, until it stops. What is given here again is
    // closed by the kernel, as plain reading has no room for it.
    private async Task OthersEndAsync()
    {
        using var socket = NewSocket();
        await socket.ConnectAsync(NameOf(_address), _stop.Token);
        var buffer = new byte[1];
        while (await socket.ReceiveAsync(buffer, _stop.Token) > 0)
        {
        }
    }

    // A process that has been given sockets comes again, to wait for its turn to offer them.
    private void Report(int process)
    {
        if (Interlocked.Exchange(ref _reported, process) == process) return;
        _report($"{NameOf(process)} accepts clients of {_address} as well now; this one serves until TERM");
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
