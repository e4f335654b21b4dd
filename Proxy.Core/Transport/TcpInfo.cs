using System.Buffers.Binary;

namespace Proxy.Core.Transport;

/// <summary>
/// How much of the sent bytes has arrived. The default is that of a transport that does not know: nothing is
/// outstanding.
/// </summary>
/// <param name="AcknowledgedBytes">Bytes acknowledged by the peer's kernel since the connection was made.</param>
/// <param name="IsPending">Whether bytes taken by our kernel are not sent, or not acknowledged, yet.</param>
public readonly record struct SendProgress(long AcknowledgedBytes, bool IsPending);

/// <summary>The kernel's information on a TCP connection: <c>struct tcp_info</c> of linux/tcp.h.</summary>
internal static class TcpInfo
{
    /// <summary>Level and name of the socket option.</summary>
    public const int Level = 6, Option = 11;

    /// <summary>Bytes of the structure that are read; older kernels fill fewer.</summary>
    public const int Bytes = 148;

    private const int StateAt = 0, UnacknowledgedSegmentsAt = 24, AcknowledgedBytesAt = 120, UnsentBytesAt = 144;
    private const int TimeWait = 6, Closed = 7, CloseWait = 8, LastAcknowledgement = 9, Closing = 11;

    /// <summary>Returns how much of the sent bytes has arrived.</summary>
    public static SendProgress ProgressOf(ReadOnlySpan<byte> info) => info.Length < Bytes
        ? default
        : new SendProgress(
            BinaryPrimitives.ReadInt64LittleEndian(info[AcknowledgedBytesAt..]),
            !IsClosed(info) && (BinaryPrimitives.ReadInt32LittleEndian(info[UnacknowledgedSegmentsAt..]) != 0 ||
                BinaryPrimitives.ReadInt32LittleEndian(info[UnsentBytesAt..]) != 0));

    /// <summary>Returns whether the peer's FIN or reset has arrived; earlier bytes may be unread.</summary>
    public static bool HasEnded(ReadOnlySpan<byte> info) =>
        !info.IsEmpty && info[StateAt] is TimeWait or Closed or CloseWait or LastAcknowledgement or Closing;

    /// <summary>Returns whether both directions are over: reset, or closed by both sides.</summary>
    public static bool IsClosed(ReadOnlySpan<byte> info) => !info.IsEmpty && info[StateAt] == Closed;
}
