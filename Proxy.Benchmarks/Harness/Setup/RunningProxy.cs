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

    /// <summary>Where it accepts HTTPS, if it can.</summary>
    public int TlsPort { get; }

    public double ResidentBytes => _process.ResidentBytes;

    /// <summary>Starts it with metrics where it has some, and with TLS if asked to.</summary>
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

    /// <summary>Managed memory allocated since its start, if a metric of its own tells that.</summary>
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
            // Not told is a figure that cannot be had, and nothing to stop for.
            return null;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static bool NeedsTls(IEnumerable<string> arguments) => arguments.Contains("--default-certificate");
}
