using NUnit.Framework;
using Proxy.Core.Dns;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Dns;

/// <summary>Who waits for whom when many names are looked up.</summary>
public sealed class LookupGateTests
{
    private static readonly LookupResult Silence = LookupResult.Of(NameOutcome.NoAnswer, "");

    [Test]
    public async Task LookupsThatAreSlow_GiveUpTheirPlaces()
    {
        var gate = new LookupGate();
        var slow = Enumerable.Range(0, 2 * LookupGate.RunningMax)
            .Select(_ => gate.RunAsync("a", UntilCancelled))
            .ToArray();
        var quick = await gate.RunAsync("a", _ => Task.FromResult(Silence));
        Assert.That(quick, Is.SameAs(Silence));
        Assert.That(slow.Any(lookup => lookup.IsCompleted), Is.False);
    }

    [Test]
    public async Task TooManySlowLookups_EndTheOldest()
    {
        var gate = new LookupGate();
        var first = gate.RunAsync("a", UntilCancelled);
        var others = new List<Task>();
        for (var i = 0; i < LookupGate.RunningMax + LookupGate.SlowMax; i++)
            others.Add(gate.RunAsync("a", UntilCancelled));
        Assert.That(await first, Is.SameAs(Silence));
        await Eventually.IsTrue(() => gate.InFlight <= LookupGate.SlowMax, "all others are among the slow ones");
    }

    [Test]
    public async Task Zones_TakeTurns()
    {
        var gate = new LookupGate();
        var releases = new TaskCompletionSource<LookupResult>[LookupGate.RunningMax];
        var order = new List<string>();
        var running = new List<Task>();
        foreach (ref var release in releases.AsSpan())
        {
            var held = release = new TaskCompletionSource<LookupResult>();
            running.Add(gate.RunAsync("a", _ => held.Task));
        }

        for (var i = 0; i < 10; i++) running.Add(gate.RunAsync("a", _ => Note("a")));
        running.Add(gate.RunAsync("b", _ => Note("b")));

        // One place that becomes free is passed on from name to name.
        releases[0].SetResult(Silence);
        await Task.WhenAll(running.Skip(LookupGate.RunningMax));
        lock (order) Assert.That(order.IndexOf("b"), Is.LessThan(order.Count - 1));
        foreach (var release in releases) release.TrySetResult(Silence);
        await Task.WhenAll(running);

        Task<LookupResult> Note(string zone)
        {
            lock (order) order.Add(zone);
            return Task.FromResult(Silence);
        }
    }

    [Test]
    public async Task TooManyThatWait_AreRefused()
    {
        var gate = new LookupGate();
        var lookups = Enumerable.Range(0, LookupGate.RunningMax + LookupGate.WaitingMax)
            .Select(_ => gate.RunAsync("a", UntilCancelled))
            .ToArray();
        Assert.That(await gate.RunAsync("b", UntilCancelled), Is.Null);
        Assert.That(lookups.Any(lookup => lookup.IsCompleted), Is.False);
    }

    private static async Task<LookupResult> UntilCancelled(CancellationToken cancel)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Silence;
    }
}
