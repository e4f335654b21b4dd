using System.IO.Pipelines;
using System.Net;
using BenchmarkDotNet.Attributes;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http1;
using Proxy.Http1.Grammar;

namespace Proxy.Benchmarks.Micro;

/// <summary>What writing a head onward costs: a request to a backend, a response to a client.</summary>
[MemoryDiagnoser]
public class HeadWritingBenchmarks
{
    private static readonly BackendAddress ByAddress = new("10.0.0.1", 80, false, IPAddress.Parse("10.0.0.1"));
    private static readonly BackendAddress ByName = new("backend.example", 80, false, null);

    private readonly Exchange _exchange = new(new Deadlines(TimeProvider.System), default);
    private readonly Room _room = new();
    private readonly RequestTransform _toBackend = new("");
    private readonly ResponseTransform _toClient = new(new DateField(new Deadlines(TimeProvider.System)));

    [Params("browser", "minimal")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Fill()
    {
        var client = new Client(_room);
        _exchange.Begin(client, new ClientInfo(client.RemoteEndPoint, null));
        RequestParser.TryRead(Inputs.Request(Input), _exchange.Request, out _);
        var response = Inputs.Response(Input == "browser" ? "typical" : "minimal");
        ResponseParser.TryRead(response, Method.Get, _exchange.Response, out _);
    }

    [Benchmark(Description = "request, backend by address")]
    public void RequestByAddress() => _toBackend.Write(_room, _exchange, ByAddress);

    [Benchmark(Description = "request, backend by name")]
    public void RequestByName() => _toBackend.Write(_room, _exchange, ByName);

    [Benchmark(Description = "response")]
    public void Response() => _toClient.Write(_exchange, isKeptAlive: true);

    /// <summary>Takes heads and forgets them.</summary>
    private sealed class Room : PipeWriter
    {
        private readonly byte[] _bytes = new byte[64 * 1024];

        public override void Advance(int bytes)
        {
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes;

        public override Span<byte> GetSpan(int sizeHint = 0) => _bytes;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;
    }

    private sealed class Client(PipeWriter output) : Connection
    {
        public override PipeReader Input => throw new NotSupportedException("nothing comes from this client");

        public override PipeWriter Output { get; } = output;

        public override EndPoint PeerEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public override void Abort()
        {
        }

        public override ValueTask DisposeAsync() => default;
    }
}
