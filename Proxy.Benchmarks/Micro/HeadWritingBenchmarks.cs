using System.IO.Pipelines;
using System.Net;
using BenchmarkDotNet.Attributes;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http1;
using Proxy.Http1.Grammar;

namespace Proxy.Benchmarks.Micro;

/// <summary>What writing a head onward costs: a request to a backend, a response to a client.</summary>
[MemoryDiagnoser]
public class HeadWritingBenchmarks
{
    private static readonly BackendAddress ByAddress = new("10.0.0.1", 80, false, IPAddress.Parse("10.0.0.1"));
    private static readonly BackendAddress ByName = new("backend.example", 80, false, null);

    private static readonly Deadlines Deadlines = new(TimeProvider.System);
    private readonly Room _room = new();
    private readonly RequestWriter _toBackend = new(new RequestFields(new RequestIdHeader("")));
    private readonly Http1Client _toClient = new(new ResponseFields(new DateField(Deadlines)));
    private readonly Client _client;
    private readonly Exchange _exchange;

    public HeadWritingBenchmarks()
    {
        _client = new Client(_room);
        _exchange = new Exchange(_toClient, new Http1Backends("", isHipache: false), Deadlines, default);
    }

    [Params("browser", "minimal")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Fill()
    {
        _exchange.Begin(_client, new ClientInfo(_client.RemoteEndPoint, null));
        RequestParser.TryRead(Inputs.Request(Input), _exchange.Request, out _);
        var response = Inputs.Response(Input == "browser" ? "typical" : "minimal");
        ResponseParser.TryRead(response, Method.Get, _exchange.Response, out _);
    }

    [Benchmark(Description = "request, backend by address")]
    public void RequestByAddress() => _toBackend.Write(_client, _exchange, ByAddress);

    [Benchmark(Description = "request, backend by name")]
    public void RequestByName() => _toBackend.Write(_client, _exchange, ByName);

    [Benchmark(Description = "response")]
    public void Response() => _toClient.WriteHead(_exchange, isKeptAlive: true);

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
