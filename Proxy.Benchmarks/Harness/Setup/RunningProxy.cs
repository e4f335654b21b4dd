using System.Globalization;
using System.Net.Sockets;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>One run of a build.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private const string MetricsFlag = "--metrics-address", TlsFlag = "--tls-listen";

    private static readonly TimeSpan MetricsTimeMax = TimeSpan.FromSeconds(5);

    private readonly ChildProcess _process;
    private readonly int? _metricsPort;

    private RunningProxy(ChildProcess process, int port, int tlsPort, int? metricsPort) =>
        (_process, Port, TlsPort, _metricsPort) = (process, port, tlsPort, metricsPort);

    public int Id => _process.Id;

    public int Port { get; }

    /// <summary>The port for HTTPS, if it is on.</summary>
    public int TlsPort { get; }

    public double ResidentBytes => _process.ResidentBytes;

    /// <summary>Starts the proxy, with metrics if the build has them, and with TLS if the arguments need it.</summary>
    /// <exception cref="BenchFailure">It does not listen.</exception>
    public static async Task<RunningProxy> StartAsync(
        Build build, IReadOnlyCollection<string> arguments, string cores, CancellationToken stop)
    {
        var (port, tlsPort) = (LoopbackPort.Free(), LoopbackPort.Free());
        int? metricsPort = build.Knows(MetricsFlag) ? LoopbackPort.Free() : null;
        string[] tls = NeedsTls(arguments) ? [TlsFlag, $"127.0.0.1:{tlsPort}"] : [];
        string[] metrics = metricsPort is null ? [] : [MetricsFlag, $"127.0.0.1:{metricsPort}"];
        var process = ChildProcess.Start(
            cores, build.Path, ["--listen", $"127.0.0.1:{port}", .. tls, .. metrics, .. arguments]);
        try
        {
            await LoopbackPort.WaitUntilOpenAsync(port, process, stop);
            if (tls.Length > 0) await LoopbackPort.WaitUntilOpenAsync(tlsPort, process, stop);
            if (metricsPort is { } pages) await LoopbackPort.WaitUntilOpenAsync(pages, process, stop);
            return new RunningProxy(process, port, tlsPort, metricsPort);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the managed memory allocated since the start, if the proxy has a metric for it.</summary>
    public async Task<double?> AllocatedBytesAsync(CancellationToken stop)
    {
        if (_metricsPort is not { } port) return null;
        using var client = new HttpClient { Timeout = MetricsTimeMax };
        try
        {
            var page = await client.GetStringAsync($"http://127.0.0.1:{port}/metrics", stop);
            var line = Array.Find(page.Split('\n'), line =>
                line.StartsWith("planb_", StringComparison.Ordinal)
                && line.Contains("allocated_bytes", StringComparison.Ordinal));
            return line is null ? null : double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or FormatException)
        {
            // The figure is unavailable, which is no reason to stop.
            return null;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static bool NeedsTls(IEnumerable<string> arguments) => arguments.Contains("--default-certificate");
}
