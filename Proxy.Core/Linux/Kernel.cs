using System.Runtime.InteropServices;
using Proxy.Core.Transport;

namespace Proxy.Core.Linux;

/// <summary>
/// The system calls of the event loop. Each returns what the kernel returned: a result of 0 or more, or minus errno.
/// </summary>
internal static partial class Kernel
{
    public const int Again = 11, Interrupted = 4, InProgress = 115, ConnectionAborted = 103;
    public const int Invalid = 22, BrokenPipe = 32;
    public const int AccessDenied = 13, AddressInUse = 98, AddressNotAvailable = 99;

    public const int Inet = 2, Inet6 = 10;
    private const int Stream = 1, NonBlocking = 0x800, CloseOnExec = 0x80000;
    private const int NoSignal = 0x4000;
    private const int ControlAdd = 1, ControlDelete = 2;
    private const int GetDescriptorFlags = 1, SetDescriptorFlags = 2, SetStatusFlags = 4, DuplicateCloseOnExec = 1030;
    private const int SetPipeSize = 1031;
    private const uint SpliceMove = 1, SpliceNonBlocking = 2;

    /// <summary>Creates a non-blocking TCP socket.</summary>
    public static int Socket(int family) => Result(socket(family, Stream | NonBlocking | CloseOnExec, 0));

    public static int Bind(int descriptor, ReadOnlySpan<byte> address) =>
        Result(bind(descriptor, address, address.Length));

    public static int Listen(int descriptor, int backlog) => Result(listen(descriptor, backlog));

    public static int Connect(int descriptor, ReadOnlySpan<byte> address) =>
        Result(connect(descriptor, address, address.Length));

    /// <summary>Returns the next connection's descriptor, non-blocking; writes its peer's address.</summary>
    public static int Accept(int descriptor, Span<byte> address)
    {
        var length = address.Length;
        return Result(accept4(descriptor, address, ref length, NonBlocking | CloseOnExec));
    }

    public static int LocalAddress(int descriptor, Span<byte> address)
    {
        var length = address.Length;
        return Result(getsockname(descriptor, address, ref length));
    }

    public static int SetOption(int descriptor, int level, int option, int value) =>
        Result(setsockopt(descriptor, level, option, in value, sizeof(int)));

    /// <summary>SO_LINGER with time 0: closing resets the connection.</summary>
    public static int ResetOnClose(int descriptor) =>
        Result(setsockopt(descriptor, SocketOption.Level, SocketOption.Linger, in LingerZero.On, 8));

    /// <summary>Returns the errno of a connect that ended, or 0.</summary>
    public static int PendingError(int descriptor)
    {
        var length = sizeof(int);
        var result = Result(getsockopt(descriptor, SocketOption.Level, SocketOption.Error, out var error, ref length));
        return result < 0 ? -result : error;
    }

    /// <summary>Returns how many bytes were received, 0 at the end of the stream.</summary>
    public static unsafe int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)    // SAFETY: the kernel writes to the span before the call returns.
        {
            return Prompt(recv(descriptor, bytes, (nuint)buffer.Length, 0));
        }
    }

    /// <summary>Returns how many bytes the kernel took; a broken connection is an error and no signal.</summary>
    public static unsafe int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)    // SAFETY: the kernel reads the span before the call returns.
        {
            return Prompt(send(descriptor, start, (nuint)bytes.Length, NoSignal));
        }
    }

    /// <summary>Returns how many bytes the kernel took of both pieces, as one segment if they fit.</summary>
    public static unsafe int Send(int descriptor, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        fixed (byte* one = first, two = second)    // SAFETY: the kernel reads the pieces before the call returns.
        {
            var pieces = stackalloc Piece[] { new(one, (nuint)first.Length), new(two, (nuint)second.Length) };
            var message = new Message { Pieces = pieces, Count = 2 };
            return Prompt(sendmsg(descriptor, &message, NoSignal));
        }
    }

    /// <summary>SHUT_WR: the peer sees the end of what was sent.</summary>
    public static int ShutdownSend(int descriptor) => Result(shutdown(descriptor, 1));

    /// <summary>Creates a pipe of this capacity; null if the system refuses.</summary>
    public static KernelPipe? CreatePipe(int bytes)
    {
        Span<int> ends = stackalloc int[2];
        if (pipe2(ends, NonBlocking | CloseOnExec) < 0) return null;
        var pipe = new KernelPipe(ends[0], ends[1]);
        if (fcntl(ends[1], SetPipeSize, bytes) >= bytes) return pipe;
        pipe.Dispose();
        return null;
    }

    /// <summary>
    /// Moves bytes from one descriptor to another, one of them a pipe; returns how many, 0 at the end.
    /// </summary>
    public static int Splice(int from, int to, int bytes) =>
        Result((int)splice(from, 0, to, 0, (nuint)bytes, SpliceMove | SpliceNonBlocking));

    public static int Close(int descriptor) => Result(close(descriptor));

    public static int CreateEpoll() => Result(epoll_create1(CloseOnExec));

    public static int CreateEvent() => Result(eventfd(0, NonBlocking | CloseOnExec));

    /// <summary>Watches a descriptor; <paramref name="token"/> comes back with its events.</summary>
    public static int Watch(int epoll, int descriptor, uint events, ulong token)
    {
        var wanted = new EpollEvent { Events = events, Token = token };
        return Result(epoll_ctl(epoll, ControlAdd, descriptor, in wanted));
    }

    /// <summary>
    /// Stops watching. Closing is not enough if another process has the same socket: the kernel would keep reporting.
    /// </summary>
    public static int Unwatch(int epoll, int descriptor) =>
        Result(epoll_ctl(epoll, ControlDelete, descriptor, default));

    /// <summary>Returns whether a descriptor is open.</summary>
    public static bool IsOpen(int descriptor) => fcntl(descriptor, GetDescriptorFlags, 0) >= 0;

    /// <summary>Returns another descriptor of the same socket.</summary>
    public static int Duplicate(int descriptor) => Result(fcntl(descriptor, DuplicateCloseOnExec, 0));

    /// <summary>Makes an inherited socket non-blocking, and keeps it from child processes.</summary>
    public static int OwnAndNeverBlock(int descriptor)
    {
        var result = Result(fcntl(descriptor, SetStatusFlags, NonBlocking));
        return result < 0 ? result : Result(fcntl(descriptor, SetDescriptorFlags, 1));
    }

    /// <summary>Returns the value of a socket option of the level SOL_SOCKET.</summary>
    public static int Option(int descriptor, int option)
    {
        var length = sizeof(int);
        var result = Result(getsockopt(descriptor, SocketOption.Level, option, out var value, ref length));
        return result < 0 ? result : value;
    }

    /// <summary>Writes what the kernel knows about a TCP connection; returns how many bytes that is.</summary>
    public static int TcpInformation(int descriptor, Span<byte> info)
    {
        var length = info.Length;
        var result = Result(getsockopt(descriptor, TcpInfo.Level, TcpInfo.Option, info, ref length));
        return result < 0 ? result : length;
    }

    /// <summary>Returns the effective user of this process.</summary>
    public static uint EffectiveUser() => geteuid();

    /// <summary>
    /// Returns how many events there are; <paramref name="milliseconds"/> below 0 waits without limit.
    /// </summary>
    public static int Wait(int epoll, Span<EpollEvent> events, int milliseconds) =>
        Result(epoll_wait(epoll, events, events.Length, milliseconds));

    public static void Wake(int eventDescriptor) => _ = write(eventDescriptor, 1UL, sizeof(ulong));

    public static void Awake(int eventDescriptor) => _ = read(eventDescriptor, out _, sizeof(ulong));

    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    // Without a transition after the call, errno is still that of the call.
    private static int Prompt(nint result) => result >= 0 ? (int)result : -Marshal.GetLastSystemError();

    /// <summary>struct epoll_event, packed on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct EpollEvent
    {
        public const uint In = 1, Out = 4, Error = 8, HangUp = 0x10, ReadHangUp = 0x2000, EdgeTriggered = 1u << 31;

        /// <summary>Wakes one of the loops that watch the same socket.</summary>
        public const uint Exclusive = 1u << 28;

        public uint Events;
        public ulong Token;
    }

    /// <summary>struct linger { on, 0 seconds }.</summary>
    private readonly struct LingerZero
    {
        public static readonly long On = 1;
    }

    /// <summary>struct iovec.</summary>
    public readonly unsafe struct Piece(byte* start, nuint length)
    {
        public readonly byte* Start = start;
        public readonly nuint Length = length;
    }

    /// <summary>struct msghdr.</summary>
    public unsafe struct Message
    {
        public void* Name;
        public uint NameLength;
        public Piece* Pieces;
        public nuint Count;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

#pragma warning disable IDE1006 // the kernel's names
    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int descriptor, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int descriptor, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int descriptor, Span<byte> address, ref int length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(int descriptor, Span<byte> address, ref int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, in int value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, in long value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int descriptor, int level, int option, out int value, ref int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int descriptor, int level, int option, Span<byte> value, ref int length);

    // These three never block, so the collector can wait for them; without a transition after the call, errno is still
    // that of the call.
    [LibraryImport("libc"), SuppressGCTransition]
    private static unsafe partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc"), SuppressGCTransition]
    private static unsafe partial nint send(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport("libc"), SuppressGCTransition]
    private static unsafe partial nint sendmsg(int descriptor, Message* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(Span<int> ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint splice(int from, nint fromOffset, int to, nint toOffset, nuint length, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, in EpollEvent wanted);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, Span<EpollEvent> events, int count, int milliseconds);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, in ulong value, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, out ulong value, nuint length);
#pragma warning restore IDE1006
}
