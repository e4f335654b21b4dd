using System.Buffers;
using BenchmarkDotNet.Attributes;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Benchmarks.Micro;

/// <summary>What reading a request's head costs, in one piece and cut in two.</summary>
[MemoryDiagnoser]
public class RequestParserBenchmarks
{
    private readonly RequestHead _head = new();
    private ReadOnlySequence<byte> _whole;
    private ReadOnlySequence<byte> _cut;

    [Params("browser", "minimal", "long cookie", "many fields")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Fill()
    {
        _whole = Inputs.Request(Input);
        var first = new Piece(_whole.First[..(int)(_whole.Length / 2)], null);
        var last = new Piece(_whole.First[first.Memory.Length..], first);
        _cut = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    [Benchmark(Description = "in one piece")]
    public bool Whole() => RequestParser.TryRead(_whole, _head, out _) == Rejection.None;

    [Benchmark(Description = "cut in two")]
    public bool Cut() => RequestParser.TryRead(_cut, _head, out _) == Rejection.None;

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
