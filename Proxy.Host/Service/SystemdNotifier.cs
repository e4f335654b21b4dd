using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Proxy.Host.Service;

/// <summary>
/// Notifies the service manager of the state of the process (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET
/// names, or none without it. Failures are ignored, as the manager may be gone.
/// </summary>
internal sealed class SystemdNotifier : IDisposable
{
    /// <summary>How long a message waits for a manager that reads nothing; then it is dropped.</summary>
    private static readonly TimeSpan SendTimeMax = TimeSpan.FromSeconds(1);

    private const long MicrosecondsPerSecond = 1_000_000;

    // The range of a timer.
    private const long WatchdogMicrosecondsMin = 2_000, WatchdogMicrosecondsMax = int.MaxValue * 1_000L;

    private readonly Socket? _socket;
    private volatile bool _isStopping;

    private SystemdNotifier(Socket? socket) => _socket = socket;

    /// <summary>Within which time the manager expects keep-alive messages; null when it expects none.</summary>
    public TimeSpan? Watchdog { get; private init; }

    /// <summary>Reads the variables of the manager, and removes them: child processes are not the service.</summary>
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
    /// Reports that routes can be served and listeners are open, or that a reload is over; does nothing once the
    /// service stops.
    /// </summary>
    public void Ready(string status)
    {
        if (!_isStopping) Send($"READY=1\nSTATUS={status}");
    }

    /// <summary>
    /// Reports that a reload begins; does nothing once the service stops. The manager compares the time with that of
    /// its reload request.
    /// </summary>
    public void Reloading()
    {
        if (_isStopping) return;
        var now = (Int128)Stopwatch.GetTimestamp() * MicrosecondsPerSecond / Stopwatch.Frequency;
        Send($"RELOADING=1\nMONOTONIC_USEC={now}");
    }

    /// <summary>Reports that the service stops.</summary>
    public void Stopping(string status)
    {
        _isStopping = true;
        Send($"STOPPING=1\nSTATUS={status}");
    }

    /// <summary>Sends a keep-alive message.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private static string? Take(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, null);
        return value;
    }

    // A name that begins with @ is in the abstract namespace of the kernel, which has a zero byte there.
    private static Socket? Connect(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
        {
            SendTimeout = (int)SendTimeMax.TotalMilliseconds,
        };
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
            // The manager is gone or reads nothing, or the process is about to exit.
        }
    }
}
