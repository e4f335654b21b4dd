using Proxy.Benchmarks.Harness.Native;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>
/// Loads a port at a constant rate and measures latencies from the time each request was due (open loop). One thread.
/// </summary>
internal sealed class LoadGenerator : IDisposable
{
    private const long WarmUpMax = 20_000_000_000;

    private readonly LoadOrder _order;
    private readonly Loop _loop = new();
    private readonly Recording _recording = new();
    private readonly Schedule _pace;
    private readonly LoadConnection[] _connections;

    private LoadGenerator(LoadOrder order)
    {
        _order = order;
        _pace = new Schedule(_recording);
        var requests = new LoadRequests(order);
        _connections = [.. Enumerable.Range(0, order.Connections)
            .Select(_ => new LoadConnection(_loop, requests, _pace, _recording))];
    }

    public static LoadResult Run(LoadOrder order)
    {
        using var generator = new LoadGenerator(order);
        return generator.Run();
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
        _loop.Dispose();
    }

    private LoadResult Run()
    {
        foreach (var connection in _connections) _ = connection.RunAsync();
        var drain = (long)(_order.DrainSeconds * 1e9);
        _pace.BeginAtOnce(_order.WarmUpRequests);
        TurnUntilAnswered(Loop.Now + WarmUpMax);

        var idle = Clocks();
        _pace.BeginAtOnce(int.MaxValue);
        TurnUntilAnswered(idle.Now + (long)(_order.BusySeconds * 1e9));
        _pace.EndAtOnce();
        TurnUntilAnswered(Loop.Now + drain);

        _recording.IsOn = true;
        var began = Clocks();
        _pace.BeginAtRate(_order.Rate, _order.Seconds);
        TurnUntilAnswered(began.Now + (long)(_order.Seconds * 1e9) + drain);
        var ended = Clocks();

        CountUnanswered();
        return new LoadResult
        {
            Requests = _recording.Latencies.Count,
            Failures = _recording.Failures,
            FirstFailure = _recording.FirstFailure,
            Histogram = _recording.Latencies.Encode(),
            ProcessorTime = ended.ProcessorTimeSince(began),
            BusyProcessorTime = began.ProcessorTimeSince(idle),
            OwnShare = (double)(ended.Own - began.Own) / (ended.Now - began.Now),
            LateShare = _recording.LateShare,
            QueuedShare = _recording.QueuedShare,
        };
    }

    private void TurnUntilAnswered(long limit)
    {
        while (Loop.Now < limit)
        {
            _pace.Advance();
            if (_pace.IsEmpty && _pace.Idle == _connections.Length) return;
            _loop.Turn(Math.Min(_pace.NextDue, limit));
        }
    }

    private Reading Clocks() => new(
        Loop.Now,
        SystemCalls.ProcessorTime(Environment.ProcessId),
        _order.ProcessId == 0 ? -1 : SystemCalls.ProcessorTime(_order.ProcessId),
        _recording.Answers);

    private void CountUnanswered()
    {
        var unanswered = _connections.Count(connection => connection.IsBusy) + _pace.Waiting;
        for (var i = 0; i < unanswered; i++) _recording.Failed("no answer within 5 seconds");
    }

    /// <summary>A sample of clocks and counters: CPU time of this process and of the loaded one.</summary>
    private sealed record Reading(long Now, long Own, long Loaded, long Answers)
    {
        /// <summary>CPU nanoseconds of the loaded process per request; null if unknown.</summary>
        public double? ProcessorTimeSince(Reading before) =>
            before.Loaded < 0 || Loaded < 0 || Answers == before.Answers
            ? null
            : (double)(Loaded - before.Loaded) / (Answers - before.Answers);
    }
}
