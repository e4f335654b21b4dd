using BenchmarkDotNet.Attributes;
using Proxy.Http1.Grammar;

namespace Proxy.Benchmarks.Micro;

/// <summary>What finding the end of a chunked body costs.</summary>
[MemoryDiagnoser]
public class ChunkedScannerBenchmarks
{
    [Benchmark(Description = "16 chunks of 4 KiB")]
    public int LargeChunks() => Scan(Inputs.LargeChunks);

    [Benchmark(Description = "100 chunks of 40 bytes")]
    public int SmallChunks() => Scan(Inputs.SmallChunks);

    private static int Scan(byte[] body)
    {
        var scanner = default(ChunkedScanner);
        var parts = 0;
        for (ReadOnlySpan<byte> rest = body; ; parts++)
        {
            if (scanner.Next(rest, out var length) is ChunkPart.Last or ChunkPart.Malformed) return parts;
            rest = rest[length..];
        }
    }
}
