using Proxy.Core.Linux;
using Proxy.Core.Transport.Buffers;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// One thread and one epoll. Waits for readiness, tells the connections it belongs to, and runs what was posted. What
/// waits for a connection goes on right here, so nothing that runs on a loop may block.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    private const int EventsPerTurn = 512;
    private const int PausedMilliseconds = 100;
    private const ulong WakeToken = ulong.MaxValue;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly Thread _thread;
    private readonly Action<string> _report;
    private readonly Lock _lock = new();
    private readonly List<int> _freeSlots = [];
    private IWatched?[] _watched = new IWatched?[256];
    private uint _generation;
    private int _slotsUsed;
    private List<IWorkItem> _posted = [];
    private List<IWorkItem> _running = [];
    private List<IWorkItem> _paused = [];
    private long _pausedUntil;
    private volatile bool _isAsleep;
    private volatile bool _isStopped;

    public EventLoop(int index, string name, Action<string> report)
    {
        Index = index;
        _report = report;
        _epoll = Checked(Kernel.CreateEpoll());
        _wake = Checked(Kernel.CreateEvent());
        Checked(Kernel.Watch(_epoll, _wake, Kernel.EpollEvent.In, WakeToken));
        _thread = new Thread(Run) { IsBackground = true, Name = $"{name} {index}" };
    }

    /// <summary>Position among the transport's loops.</summary>
    public int Index { get; }

    /// <summary>Whether the caller runs on this loop.</summary>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _thread.ManagedThreadId;

    /// <summary>Counts the turns: what may be done a few times a turn looks here.</summary>
    public int Turn { get; private set; }

    /// <summary>What tunnels of this loop pass through.</summary>
    public PipePool Pipes { get; } = new();

    /// <summary>What connections of this loop receive into when much comes.</summary>
    public LargeBlocks LargeBlocks { get; } = new();

    /// <summary>Its turns and descriptors at this moment.</summary>
    public LoopStatus GetStatus()
    {
        lock (_lock) return new LoopStatus(Index, Turn, _slotsUsed - _freeSlots.Count, _posted.Count);
    }

    public void Start() => _thread.Start();

    /// <summary>Watches a descriptor until it is closed; <see cref="ReleaseSlot"/> is called before that.</summary>
    /// <returns>The slot, or minus errno.</returns>
    public int Watch(int descriptor, IWatched watched, uint events)
    {
        lock (_lock)
        {
            var slot = _freeSlots.Count > 0 ? _freeSlots[^1] : _slotsUsed;
            if (slot == _watched.Length) Array.Resize(ref _watched, 2 * slot);
            watched.Generation = ++_generation;
            _watched[slot] = watched;
            var result = Kernel.Watch(_epoll, descriptor, events, Token(slot, _generation));
            if (result < 0)
            {
                _watched[slot] = null;
                return result;
            }

            if (slot == _slotsUsed) _slotsUsed++;
            else _freeSlots.RemoveAt(_freeSlots.Count - 1);
            return slot;
        }
    }

    /// <summary>Events that are still on their way to the slot will not arrive.</summary>
    public void ReleaseSlot(int slot)
    {
        lock (_lock)
        {
            _watched[slot] = null;
            _freeSlots.Add(slot);
        }
    }

    /// <summary>Ends what <see cref="Watch"/> began, for a socket that may stay open elsewhere.</summary>
    public void Unwatch(int slot, int descriptor)
    {
        _ = Kernel.Unwatch(_epoll, descriptor);
        ReleaseSlot(slot);
    }

    /// <summary>Runs something in the next turn of the loop. Any thread may post.</summary>
    public void Post(IWorkItem posted)
    {
        lock (_lock) _posted.Add(posted);
        if (_isAsleep) Kernel.Wake(_wake);
    }

    /// <summary>Runs something after a pause of about 100 ms; for the loop's own thread.</summary>
    public void PostAfterPause(IWorkItem posted)
    {
        if (_paused.Count == 0) _pausedUntil = Environment.TickCount64 + PausedMilliseconds;
        _paused.Add(posted);
    }

    public void Dispose()
    {
        _isStopped = true;
        Kernel.Wake(_wake);
        if (_thread.IsAlive && Thread.CurrentThread != _thread) _thread.Join();
        Pipes.Dispose();
        _ = Kernel.Close(_wake);
        _ = Kernel.Close(_epoll);
    }

    public static int Checked(int result) =>
        result >= 0 ? result : throw new System.Net.Sockets.SocketException(-result);

    private static ulong Token(int slot, uint generation) => ((ulong)generation << 32) | (uint)slot;

    private void Run()
    {
        // Nothing here has a context of its own, and carrying it along at every await costs.
        ExecutionContext.SuppressFlow();
        TurnClock.BeginTurn();
        Span<Kernel.EpollEvent> events = new Kernel.EpollEvent[EventsPerTurn];
        while (!_isStopped)
        {
            Turn++;
            RunPosted();
            var count = Kernel.Wait(_epoll, events, WaitMilliseconds());
            _isAsleep = false;
            TurnClock.BeginTurn();
            for (var i = 0; i < count; i++) Dispatch(events[i]);
        }
    }

    // Whoever posts after this has looked will see that the loop is asleep, and wakes it.
    private int WaitMilliseconds()
    {
        _isAsleep = true;
        lock (_lock)
        {
            if (_posted.Count > 0) return 0;
        }

        return _paused.Count > 0 ? PausedMilliseconds : -1;
    }

    private void RunPosted()
    {
        lock (_lock) (_posted, _running) = (_running, _posted);
        foreach (var posted in _running) Run(posted);
        _running.Clear();
        if (_paused.Count == 0 || Environment.TickCount64 < _pausedUntil) return;
        var paused = _paused;
        _paused = [];
        foreach (var posted in paused) Run(posted);
    }

    private void Dispatch(Kernel.EpollEvent ready)
    {
        if (ready.Token == WakeToken)
        {
            Kernel.Awake(_wake);
            return;
        }

        // Read without the lock: a slot that was given away since then has a watcher of another generation.
        var watched = Volatile.Read(ref Volatile.Read(ref _watched)[(int)(uint)ready.Token]);
        if (watched is null || watched.Generation != (uint)(ready.Token >> 32)) return;
        try
        {
            watched.OnReady(ready.Events);
        }
        catch (Exception e)
        {
            Report(e);
        }
    }

    private void Run(IWorkItem posted)
    {
        try
        {
            posted.Run();
        }
        catch (Exception e)
        {
            Report(e);
        }
    }

    // Exceptions belong to the task that waits; one that comes here is a bug, and must not end everybody's loop.
    private void Report(Exception fault) => _report($"fault on event loop {Index}: {fault}");
}
