using Proxy.Core.Linux;
using Proxy.Core.Transport.Buffers;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// One thread and one epoll. Waits for readiness, notifies the connections, and runs queued work items. Whatever awaits
/// a connection resumes on this thread, so nothing that runs on a loop may block.
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
    private List<IWorkItem> _queued = [];
    private List<IWorkItem> _running = [];
    private List<IWorkItem> _paused = [];
    private long _pausedUntil;
    private volatile bool _isWaiting;
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

    /// <summary>The number of the current turn, for budgets per turn.</summary>
    public int Turn { get; private set; }

    /// <summary>The pipes for the tunnels of this loop.</summary>
    public PipePool Pipes { get; } = new();

    /// <summary>The blocks into which the connections of this loop receive bulk data.</summary>
    public LargeBlocks LargeBlocks { get; } = new();

    /// <summary>Returns its turns and descriptors at this moment.</summary>
    public LoopStatus GetStatus()
    {
        lock (_lock) return new LoopStatus(Index, Turn, _slotsUsed - _freeSlots.Count, _queued.Count);
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

    /// <summary>Releases a slot: pending events for it are dropped.</summary>
    public void ReleaseSlot(int slot)
    {
        lock (_lock)
        {
            _watched[slot] = null;
            _freeSlots.Add(slot);
        }
    }

    /// <summary>Stops watching a socket that may stay open elsewhere.</summary>
    public void Unwatch(int slot, int descriptor)
    {
        _ = Kernel.Unwatch(_epoll, descriptor);
        ReleaseSlot(slot);
    }

    /// <summary>Runs a work item in the next turn of the loop. Any thread may post.</summary>
    public void Post(IWorkItem item)
    {
        lock (_lock) _queued.Add(item);
        if (_isWaiting) Kernel.Wake(_wake);
    }

    /// <summary>Runs a work item after a pause of about 100 ms; for the loop's own thread.</summary>
    public void PostAfterPause(IWorkItem item)
    {
        if (_paused.Count == 0) _pausedUntil = Environment.TickCount64 + PausedMilliseconds;
        _paused.Add(item);
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
        // Nothing on a loop uses an execution context, and capturing it at every await costs time.
        ExecutionContext.SuppressFlow();
        TurnClock.BeginTurn();
        Span<Kernel.EpollEvent> events = new Kernel.EpollEvent[EventsPerTurn];
        while (!_isStopped)
        {
            Turn++;
            RunQueued();
            var count = Kernel.Wait(_epoll, events, WaitMilliseconds());
            _isWaiting = false;
            TurnClock.BeginTurn();
            for (var i = 0; i < count; i++) Dispatch(events[i]);
        }
    }

    // A thread that posts after this check sees that the loop is waiting, and wakes it.
    private int WaitMilliseconds()
    {
        _isWaiting = true;
        lock (_lock)
        {
            if (_queued.Count > 0) return 0;
        }

        return _paused.Count > 0 ? PausedMilliseconds : -1;
    }

    private void RunQueued()
    {
        lock (_lock) (_queued, _running) = (_running, _queued);
        foreach (var item in _running) Run(item);
        _running.Clear();
        if (_paused.Count == 0 || Environment.TickCount64 < _pausedUntil) return;
        var paused = _paused;
        _paused = [];
        foreach (var item in paused) Run(item);
    }

    private void Dispatch(Kernel.EpollEvent ready)
    {
        if (ready.Token == WakeToken)
        {
            Kernel.Awake(_wake);
            return;
        }

        // Read without the lock: a slot that was reused since then has a watcher of another generation.
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

    private void Run(IWorkItem item)
    {
        try
        {
            item.Run();
        }
        catch (Exception e)
        {
            Report(e);
        }
    }

    // Exceptions belong to the task that waits; one that arrives here is a bug, and must not end the loop.
    private void Report(Exception fault) => _report($"unexpected exception on event loop {Index}: {fault}");
}
