using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Proxy.Host.Service;

/// <summary>
/// Tells the service manager how it is (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names, or nothing
/// where nobody asks. A manager that does not listen is not worth a line.
/// </summary>
internal sealed class SystemdNotifier : IDisposable
{
    private const long MicrosecondsPerSecond = 1_000_000;

    // What a timer can wait.
    private const long WatchdogMicrosecondsMin = 2_000, WatchdogMicrosecondsMax = int.MaxValue * 1_000L;

    private readonly Socket? _socket;
    private volatile bool _isStopping;

    private SystemdNotifier(Socket? socket) => _socket = socket;

    /// <summary>How often the manager wants to hear that all is well; null when it does not.</summary>
    public TimeSpan? Watchdog { get; private init; }

    /// <summary>Reads what the manager put into the environment, and takes it out: children are no service.</summary>
    public static SystemdNotifier FromEnvironment()
    {
        var name = Take("NOTIFY_SOCKET");
        var watchdog = Take("WATCHDOG_USEC");
        var watched = Take("WATCHDOG_PID");
        if (name is null or not ['/' or '@', _, ..]) return new SystemdNotifier(null);
        var isWatched = watched is null || watched == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var isTime = long.TryParse(watchdog, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds);
        return new SystemdNotifier(Connect(name))
        {
            Watchdog = isWatched && isTime && microseconds > 0
                ? TimeSpan.FromMicroseconds(
                    Math.Clamp(microseconds, WatchdogMicrosecondsMin, WatchdogMicrosecondsMax))
                : null,
        };
    }

    /// <summary>
    /// Routes can be served, listeners are open; also the end of a reload. A service that stops is not ready again.
    /// </summary>
    public void Ready(string status)
    {
        if (!_isStopping) Send($"READY=1\nSTATUS={status}");
    }

    /// <summary>
    /// What HUP asks for begins, unless the service stops. The manager compares the time with that of its own question.
    /// </summary>
    public void Reloading()
    {
        if (_isStopping) return;
        var now = (Int128)Stopwatch.GetTimestamp() * MicrosecondsPerSecond / Stopwatch.Frequency;
        Send($"RELOADING=1\nMONOTONIC_USEC={now}");
    }

    /// <summary>The stop begins.</summary>
    public void Stopping(string status)
    {
        _isStopping = true;
        Send($"STOPPING=1\nSTATUS={status}");
    }

    /// <summary>All is well.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private static string? Take(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, null);
        return value;
    }

    // A name that begins with @ is the kernel's and no file's; to the kernel that is a zero byte.
    private static Socket? Connect(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(name[0] == '@' ? '\0' + name[1..] : name));
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void Send(string text)
    {
        if (_socket is null) return;
        try
        {
            _socket.Send(System.Text.Encoding.UTF8.GetBytes(text));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The manager has gone, or the process is going.
        }
    }
}
