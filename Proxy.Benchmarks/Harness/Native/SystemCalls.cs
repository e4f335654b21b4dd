using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Proxy.Benchmarks.Harness.Native;

/// <summary>
/// The system calls of the load generator and of the toy backend. Each returns a result of 0 or more, or minus errno.
/// They are separate from those of the proxy on purpose: the instrument must not change with the program it measures.
/// </summary>
internal static partial class SystemCalls
{
    public const int Again = 11, Interrupted = 4, InProgress = 115;

    private const int Inet = 2, Stream = 1, NonBlocking = 0x800, CloseOnExec = 0x80000, NoSignal = 0x4000;
    private const int TcpLevel = 6, NoDelay = 1, Backlog = 4096, ControlAdd = 1, SetTimerSlack = 29;
    private const int AddressBytes = 16;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>A non-blocking TCP socket that sends small writes at once.</summary>
    public static int Socket()
    {
        var descriptor = Result(socket(Inet, Stream | NonBlocking | CloseOnExec, 0));
        if (descriptor >= 0) _ = setsockopt(descriptor, TcpLevel, NoDelay, 1, sizeof(int));
        return descriptor;
    }

    /// <summary>Binds to a port of the loopback interface; 0 is any that is free.</summary>
    public static int Bind(int descriptor, int port) => Result(bind(descriptor, Loopback(port), AddressBytes));

    public static int Listen(int descriptor) => Result(listen(descriptor, Backlog));

    /// <summary>The port that a socket is bound to.</summary>
    public static int Port(int descriptor)
    {
        Span<byte> address = stackalloc byte[AddressBytes];
        var length = AddressBytes;
        var result = Result(getsockname(descriptor, address, ref length));
        return result < 0 ? result : BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
    }

    /// <summary>Begins to connect to a port of the loopback interface; a send waits until it is connected.</summary>
    public static int Connect(int descriptor, int port) =>
        Result(connect(descriptor, Loopback(port), AddressBytes));

    public static int Accept(int descriptor)
    {
        var client = Result(accept4(descriptor, 0, 0, NonBlocking | CloseOnExec));
        if (client >= 0) _ = setsockopt(client, TcpLevel, NoDelay, 1, sizeof(int));
        return client;
    }

    /// <summary>Bytes received, 0 at the end of the stream.</summary>
    public static int Receive(int descriptor, Span<byte> buffer) =>
        Result((int)recv(descriptor, buffer, (nuint)buffer.Length, 0));

    /// <summary>Sends bytes, and returns how many the kernel accepted.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes) =>
        Result((int)send(descriptor, bytes, (nuint)bytes.Length, NoSignal));

    public static int Close(int descriptor) => Result(close(descriptor));

    public static int CreateEpoll() => Result(epoll_create1(CloseOnExec));

    /// <summary>Watches both directions, edge-triggered; the descriptor comes back with its events.</summary>
    public static int Watch(int epoll, int descriptor)
    {
        var wanted = new EpollEvent { Events = EpollEvent.BothWays, Descriptor = descriptor };
        return Result(epoll_ctl(epoll, ControlAdd, descriptor, in wanted));
    }

    /// <summary>Waits for events, at most so many nanoseconds.</summary>
    public static int Wait(int epoll, Span<EpollEvent> events, long nanoseconds)
    {
        var limit = TimeOf(nanoseconds);
        return Result(epoll_pwait2(epoll, events, events.Length, in limit, 0));
    }

    /// <summary>Sets by how many nanoseconds the kernel may wake this thread late; usually 50,000.</summary>
    public static int SetTimerSlackOf(int nanoseconds) => Result(prctl(SetTimerSlack, nanoseconds, 0, 0, 0));

    /// <summary>Returns the CPU time of all threads of a process, user and system, in nanoseconds.</summary>
    public static long ProcessorTime(int processId)
    {
        // The number that clock_getcpuclockid makes of a process id; it counts in nanoseconds where /proc counts in
        // hundredths of a second.
        var clock = (~processId << 3) | 2;
        var result = Result(clock_gettime(clock, out var time));
        return result < 0 ? result : time.Seconds * NanosecondsPerSecond + time.Nanoseconds;
    }

    private static byte[] Loopback(int port)
    {
        var address = new byte[AddressBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(address, Inet);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), (ushort)port);
        BinaryPrimitives.WriteUInt32BigEndian(address.AsSpan(4), 0x7F000001);
        return address;
    }

    private static TimeSpec TimeOf(long nanoseconds) => new()
    {
        Seconds = nanoseconds / NanosecondsPerSecond,
        Nanoseconds = nanoseconds % NanosecondsPerSecond,
    };

    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    /// <summary>struct epoll_event, packed on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct EpollEvent
    {
        public const uint In = 1, Out = 4, Error = 8, HangUp = 0x10, ReadHangUp = 0x2000;
        public const uint BothWays = In | Out | ReadHangUp | EdgeTriggered;

        private const uint EdgeTriggered = 1u << 31;

        public uint Events;
        public int Descriptor;
        public int Unused;
    }

    // struct timespec
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

#pragma warning disable IDE1006 // the kernel's names
    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int descriptor, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int descriptor, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(int descriptor, Span<byte> address, ref int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int descriptor, nint address, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, in int value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, Span<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, ReadOnlySpan<byte> bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, in EpollEvent wanted);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_pwait2(
        int epoll, Span<EpollEvent> events, int count, in TimeSpec limit, nint signals);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nint argument, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_gettime(int clock, out TimeSpec time);
#pragma warning restore IDE1006
}
