using System.Diagnostics;

namespace Proxy.Benchmarks.Harness.Native;

/// <summary>
/// An epoll instance for one thread, with a clock that wakes within microseconds. Work that waits for a descriptor
/// continues inside <see cref="Turn"/>.
/// </summary>
internal sealed class Loop : IDisposable
{
    private const int EventsPerTurn = 256;
    private const int TimerSlackNanoseconds = 1;
    private const long WaitMaxNanoseconds = 100_000_000;

    private readonly int _epoll = SystemCalls.CreateEpoll();
    private readonly SystemCalls.EpollEvent[] _events = new SystemCalls.EpollEvent[EventsPerTurn];
    private IReady?[] _watched = new IReady?[1024];

    /// <summary>Makes the loop of the calling thread.</summary>
    public Loop() => _ = SystemCalls.SetTimerSlackOf(TimerSlackNanoseconds);

    /// <summary>Nanoseconds of the monotonic clock that all times here are read from.</summary>
    public static long Now => Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency);

    /// <summary>Notifies <paramref name="ready"/> of each edge until the descriptor is removed.</summary>
    public void Watch(int descriptor, IReady ready)
    {
        while (descriptor >= _watched.Length) Array.Resize(ref _watched, 2 * _watched.Length);
        _watched[descriptor] = ready;
        Checked(SystemCalls.Watch(_epoll, descriptor));
    }

    /// <summary>Called before the descriptor is closed. An event that is already queued is dropped.</summary>
    public void Forget(int descriptor) => _watched[descriptor] = null;

    /// <summary>Waits for events until <paramref name="wakeAt"/>, at most 100 ms, and dispatches them.</summary>
    public void Turn(long wakeAt)
    {
        var wait = Math.Clamp(wakeAt - Now, 0, WaitMaxNanoseconds);
        var count = SystemCalls.Wait(_epoll, _events, wait);
        if (count < 0 && count != -SystemCalls.Interrupted) Checked(count);
        for (var i = 0; i < count; i++) _watched[_events[i].Descriptor]?.OnReady(_events[i].Events);
    }

    public void Dispose() => _ = SystemCalls.Close(_epoll);

    /// <summary>Returns the result of a system call that fails only on a broken machine.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public static int Checked(int result) =>
        result >= 0 ? result : throw new IOException($"a system call failed with error {-result}");
}

/// <summary>Receives the events of a descriptor from a loop.</summary>
internal interface IReady
{
    /// <summary>Handles a ready descriptor; <paramref name="events"/> are those of <c>epoll_event</c>.</summary>
    void OnReady(uint events);
}
