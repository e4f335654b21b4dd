using System.Text.Json;
using Proxy.Benchmarks.Harness.Load;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>The load generator's process.</summary>
internal sealed class Generator(string cores) : IAsyncDisposable
{
    private readonly ChildProcess _process = ChildProcess.StartOwn(cores, "load");

    /// <exception cref="BenchFailure">The process ended.</exception>
    public async Task<LoadResult> RunAsync(LoadOrder order, CancellationToken stop)
    {
        await _process.Input.WriteLineAsync(JsonSerializer.Serialize(order).AsMemory(), stop);
        await _process.Input.FlushAsync(stop);
        return JsonSerializer.Deserialize<LoadResult>(await _process.LineAsync(stop))!;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
