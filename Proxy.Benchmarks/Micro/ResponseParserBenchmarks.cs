using System.Buffers;
using BenchmarkDotNet.Attributes;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Benchmarks.Micro;

/// <summary>What reading a response's head costs.</summary>
[MemoryDiagnoser]
public class ResponseParserBenchmarks
{
    private readonly ResponseHead _head = new();
    private ReadOnlySequence<byte> _buffer;

    [Params("typical", "minimal")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Fill() => _buffer = Inputs.Response(Input);

    [Benchmark]
    public bool Read() => ResponseParser.TryRead(_buffer, Method.Get, _head, out _) == Rejection.None;
}
