using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>Ports of the loopback interface.</summary>
internal static class LoopbackPort
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(2);

    /// <summary>Returns a port that no process listens on at the moment.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until a process accepts on a port.</summary>
    /// <exception cref="BenchFailure">The process exits, or does not accept within 20 seconds.</exception>
    public static async Task WaitUntilOpenAsync(int port, ChildProcess process, CancellationToken stop)
    {
        var started = Stopwatch.StartNew();
        while (!await AcceptsAsync(port, stop))
        {
            if (process.HasExited || started.Elapsed > StartTime)
                throw new BenchFailure($"nothing listens on port {port}: {process.Errors}");
            await Task.Delay(AskAgain, stop);
        }
    }

    private static async Task<bool> AcceptsAsync(int port, CancellationToken stop)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, stop);
            return true;
        }
        catch (SocketException)
        {
            // Not yet.
            return false;
        }
    }
}
