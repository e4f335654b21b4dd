using System.Globalization;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>The toy backend's process.</summary>
internal sealed class Backends : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private Backends(ChildProcess process, int[] ports) => (_process, Ports) = (process, ports);

    /// <summary>Two that answer, and one that refuses every connection.</summary>
    public IReadOnlyList<int> Ports { get; }

    public static async Task<Backends> StartAsync(string cores, CancellationToken stop)
    {
        var process = ChildProcess.StartOwn(cores, "backend");
        try
        {
            var ports = (await process.LineAsync(stop)).Split(' ');
            return new Backends(process, [.. ports.Select(port => int.Parse(port, CultureInfo.InvariantCulture))]);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
