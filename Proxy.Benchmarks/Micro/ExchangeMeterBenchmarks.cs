using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using BenchmarkDotNet.Attributes;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Messages;
using Proxy.Http.Telemetry;
using Proxy.Http1;

namespace Proxy.Benchmarks.Micro;

/// <summary>
/// What metrics add to a request: all the counting, beginning and end, and the one time stamp that is for them alone.
/// </summary>
[MemoryDiagnoser]
public class ExchangeMeterBenchmarks
{
    private readonly ExchangeMeter _meter = new(2);
    private readonly Exchange _atHome = Forwarded(new Nowhere(isAtHome: true));
    private readonly Exchange _elsewhere = Forwarded(new Nowhere(isAtHome: false));

    [Benchmark(Baseline = true)]
    public void OnItsLoop() => Count(_atHome);

    [Benchmark]
    public void OnAnotherThread() => Count(_elsewhere);

    [Benchmark]
    public long TimeStamp() => Stopwatch.GetTimestamp();

    private void Count(Exchange exchange)
    {
        _meter.Begin(exchange);
        _meter.End(exchange);
    }

    private static Exchange Forwarded(Connection client)
    {
        var exchange = new Exchange(
            new Http1Client(null!), new Http1Backends("", isHipache: false), new Deadlines(TimeProvider.System),
            default);
        exchange.Begin(client, new ClientInfo(client.RemoteEndPoint, trusted: null));
        (exchange.Status, exchange.Lookup, exchange.AnswerBytes) = (200, RouteLookup.Hit, 500);
        (exchange.Request.Method, exchange.Request.Version) = (Method.Get, ProtocolVersion.Http11);
        exchange.Timing.OnHeadForwarded(isOver: true);
        return exchange;
    }

    /// <summary>A connection of which only the thread matters.</summary>
    private sealed class Nowhere(bool isAtHome) : Connection
    {
        public override bool IsOnLoop => isAtHome;

        public override PipeReader Input => throw new NotSupportedException();

        public override PipeWriter Output => throw new NotSupportedException();

        public override EndPoint PeerEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public override void Abort() => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
