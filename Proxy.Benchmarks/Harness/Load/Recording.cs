using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>Counts what happens to requests while it is on, and failures always.</summary>
internal sealed class Recording
{
    private const long LateNanoseconds = 100_000;

    public LatencyHistogram Latencies { get; } = new();

    /// <summary>All answered requests, also while it is off.</summary>
    public long Answers { get; private set; }

    public long Failures { get; private set; }

    public string FirstFailure { get; private set; } = "";

    public bool IsOn { get; set; }

    private long Late { get; set; }

    private long Backlogged { get; set; }

    public double LateShare => Share(Late);

    public double QueuedShare => Share(Backlogged);

    /// <summary>A request was given to an idle connection so many nanoseconds after it was due.</summary>
    public void Sent(long afterDue)
    {
        if (afterDue > LateNanoseconds) Late++;
    }

    /// <summary>A request had waited for a connection.</summary>
    public void Queued() => Backlogged++;

    /// <summary>A request was answered so many nanoseconds after it was due.</summary>
    public void Answered(long afterDue)
    {
        Answers++;
        if (IsOn) Latencies.Record(afterDue);
    }

    public void Failed(string why)
    {
        if (Failures++ == 0) FirstFailure = why;
    }

    private double Share(long count) => Latencies.Count == 0 ? 0 : (double)count / Latencies.Count;
}
