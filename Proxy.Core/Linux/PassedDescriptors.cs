using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Proxy.Core.Linux;

/// <summary>Passes descriptors to another process through a unix socket (SCM_RIGHTS, unix(7)).</summary>
internal static partial class PassedDescriptors
{
    /// <summary>The most that the kernel passes at once (SCM_MAX_FD).</summary>
    public const int Max = 253;

    private const int HeadBytes = 16, BytesMax = HeadBytes + (sizeof(int) * Max);
    private const int SocketLevel = 1, Rights = 1;
    private const int NoSignal = 0x4000, CloseOnExec = 0x40000000, DoNotWait = 0x40;

    /// <summary>Returns 1, or minus errno.</summary>
    public static unsafe int Send(int socket, ReadOnlySpan<int> descriptors)
    {
        Span<ulong> room = stackalloc ulong[(BytesMax + 7) / sizeof(ulong)];
        var control = MemoryMarshal.AsBytes(room);
        var length = HeadBytes + (sizeof(int) * descriptors.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(control, (ulong)length);
        BinaryPrimitives.WriteInt32LittleEndian(control[8..], SocketLevel);
        BinaryPrimitives.WriteInt32LittleEndian(control[12..], Rights);
        MemoryMarshal.AsBytes(descriptors).CopyTo(control[HeadBytes..]);
        var something = (byte)descriptors.Length;
        fixed (byte* start = control)    // SAFETY: the kernel reads it before the call returns.
        {
            var piece = new Kernel.Piece(&something, 1);
            var message = new Kernel.Message
            {
                Pieces = &piece, Count = 1, Control = start, ControlLength = (nuint)((length + 7) & ~7),
            };
            return Result(sendmsg(socket, &message, NoSignal | DoNotWait));
        }
    }

    /// <summary>Returns the received descriptors, which the caller owns; none if something else was received.</summary>
    public static unsafe int[] Receive(int socket)
    {
        Span<ulong> room = stackalloc ulong[(BytesMax + 7) / sizeof(ulong)];
        room.Clear();
        var control = MemoryMarshal.AsBytes(room);
        byte something;
        fixed (byte* start = control)    // SAFETY: the kernel writes at most its length, before the call returns.
        {
            var piece = new Kernel.Piece(&something, 1);
            var message = new Kernel.Message
            {
                Pieces = &piece, Count = 1, Control = start, ControlLength = (nuint)control.Length,
            };
            if (recvmsg(socket, &message, CloseOnExec | DoNotWait) <= 0) return [];
        }

        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(control);
        var isRights = BinaryPrimitives.ReadInt32LittleEndian(control[8..]) == SocketLevel &&
            BinaryPrimitives.ReadInt32LittleEndian(control[12..]) == Rights;
        return isRights && length > HeadBytes
            ? MemoryMarshal.Cast<byte, int>(control[HeadBytes..length]).ToArray()
            : [];
    }

    private static int Result(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();

#pragma warning disable IDE1006 // the kernel's names
    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint sendmsg(int descriptor, Kernel.Message* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint recvmsg(int descriptor, Kernel.Message* message, int flags);
#pragma warning restore IDE1006
}
