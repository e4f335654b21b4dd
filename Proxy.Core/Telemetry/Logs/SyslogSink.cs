using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// The machine's syslog, over its local socket, in the Go planb's format: facility local0, severity info, tag hipache.
/// A line is a datagram. After a restart of the syslog daemon, the next line connects again.
/// </summary>
internal sealed class SyslogSink : ILogSink
{
    /// <summary>A longer line is truncated: no datagram may be larger than the socket's buffer.</summary>
    public const int LineBytesMax = 64 * 1024;

    /// <summary>The default time limit for a daemon that takes nothing.</summary>
    public static readonly TimeSpan SendTimeMax = TimeSpan.FromSeconds(1);

    // The length to which a line is truncated that is too long even so.
    private const int CutLineBytes = 2 * 1024;
    private const int HeadBytesMax = 64;
    private static readonly string[] Usual = ["/dev/log", "/var/run/syslog", "/var/run/log"];

    private readonly string[] _paths;
    private readonly TimeProvider _time;
    private readonly byte[] _datagram = new byte[HeadBytesMax + LineBytesMax];
    private readonly TimeSpan _sendTimeout;
    private Socket? _socket;

    /// <summary>Connects; an <see cref="IOException"/> carries the reason.</summary>
    /// <param name="name">The name of the log in messages.</param>
    /// <param name="path">The socket; null for the usual ones.</param>
    /// <param name="time">The clock of the local time in the lines.</param>
    /// <param name="sendTimeout">How long a daemon that takes nothing is waited for.</param>
    public SyslogSink(string name, string? path, TimeProvider time, TimeSpan? sendTimeout = null)
    {
        Name = path is null ? $"{name} in syslog" : $"{name} in syslog ({path})";
        _paths = path is null ? Usual : [path];
        _time = time;
        _sendTimeout = sendTimeout ?? SendTimeMax;
        _socket = Open();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> lines)
    {
        var newline = lines.IndexOf((byte)'\n');
        var line = lines[..(newline < 0 ? lines.Length : newline)];
        try
        {
            Send(line);
        }
        catch (SocketException)
        {
            _socket?.Dispose();
            _socket = null;
            Send(line);
        }

        return Math.Min(line.Length + 1, lines.Length);
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        var opened = Open();
        _socket?.Dispose();
        _socket = opened;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private void Send(ReadOnlySpan<byte> line)
    {
        var socket = _socket ??= Connect();
        try
        {
            socket.Send(Datagram(line[..Math.Min(line.Length, LineBytesMax - 1)]));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.MessageSize && line.Length > CutLineBytes)
        {
            socket.Send(Datagram(line[..CutLineBytes]));
        }
    }

    // <134>Nov 24 08:25:22 hipache[4711]: LINE
    private ReadOnlySpan<byte> Datagram(ReadOnlySpan<byte> line)
    {
        var now = _time.GetLocalNow();
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"<134>{now:MMM} {now.Day,2} {now:HH:mm:ss} hipache[{Environment.ProcessId}]: ");
        var length = Encoding.ASCII.GetBytes(head, _datagram);
        line.CopyTo(_datagram.AsSpan(length));
        _datagram[length + line.Length] = (byte)'\n';
        return _datagram.AsSpan(0, length + line.Length + 1);
    }

    private Socket Open()
    {
        try
        {
            return Connect();
        }
        catch (IOException reason)
        {
            throw new IOException($"cannot open {Name}: {reason.Message}", reason);
        }
    }

    private Socket Connect()
    {
        Exception? reason = null;
        foreach (var path in _paths)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
            {
                SendTimeout = (int)_sendTimeout.TotalMilliseconds,
                SendBufferSize = HeadBytesMax + LineBytesMax,
            };
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                return socket;
            }
            catch (Exception e) when (e is SocketException or ArgumentException)    // refused, or not a socket
            {
                socket.Dispose();
                reason ??= e;
            }
        }

        throw new IOException(
            reason is SocketException refused ? UnixSocketError.MessageOf(refused) : reason!.Message, reason);
    }
}
