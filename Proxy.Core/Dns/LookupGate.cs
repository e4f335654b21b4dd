namespace Proxy.Core.Dns;

/// <summary>
/// Limits the look-ups in flight so that names without an answer cannot delay others: zones take turns, and a slow
/// look-up gives up its place and continues among the slow ones, of which the oldest is cancelled when there are too
/// many. Silent name servers are thus waited for as long as there is room.
/// </summary>
internal sealed class LookupGate
{
    /// <summary>Look-ups that have been running for less than <see cref="PlaceTime"/>.</summary>
    public const int RunningMax = 64;

    /// <summary>Look-ups that have been running for longer.</summary>
    public const int SlowMax = 192;

    /// <summary>The most names that wait for a place.</summary>
    public const int WaitingMax = 4096;

    /// <summary>How long a look-up keeps its place.</summary>
    public static readonly TimeSpan PlaceTime = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest time of a look-up.</summary>
    public static readonly TimeSpan LookupTimeMax = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<TaskCompletionSource>> _zones = [];
    private readonly Queue<string> _turns = [];
    private readonly LinkedList<CancellationTokenSource> _slow = [];
    private int _running;
    private int _waiting;

    /// <summary>Look-ups in flight.</summary>
    public int InFlight
    {
        get
        {
            lock (_lock) return _running + _slow.Count;
        }
    }

    /// <summary>Runs a look-up in its turn; null if too many are waiting.</summary>
    /// <param name="zone">Names of one zone share its turns.</param>
    /// <param name="lookUp">Ends without an answer when it is cancelled, and never throws.</param>
    public async Task<LookupResult?> RunAsync(string zone, Func<CancellationToken, Task<LookupResult>> lookUp)
    {
        if (Enter(zone) is not { } turn) return null;
        await turn;
        var limit = new CancellationTokenSource(LookupTimeMax);    // Not disposed: it may be cancelled late.
        var running = lookUp(limit.Token);
        using (var over = new CancellationTokenSource())
        {
            await Task.WhenAny(running, Task.Delay(PlaceTime, over.Token));
            await over.CancelAsync();
        }

        if (running.IsCompleted)
        {
            Leave();
            return await running;
        }

        var place = BecomeSlow(limit);
        Leave();
        var result = await running;
        lock (_lock)
        {
            if (place.List is not null) _slow.Remove(place);
        }

        return result;
    }

    private Task? Enter(string zone)
    {
        lock (_lock)
        {
            if (_running < RunningMax)
            {
                _running++;
                return Task.CompletedTask;
            }

            if (_waiting >= WaitingMax) return null;
            _waiting++;
            if (!_zones.TryGetValue(zone, out var queue))
            {
                _zones[zone] = queue = [];
                _turns.Enqueue(zone);
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            queue.Enqueue(turn);
            return turn.Task;
        }
    }

    // The place goes to the next zone's first name.
    private void Leave()
    {
        lock (_lock)
        {
            if (!_turns.TryDequeue(out var zone))
            {
                _running--;
                return;
            }

            var queue = _zones[zone];
            _waiting--;
            queue.Dequeue().SetResult();
            if (queue.Count > 0) _turns.Enqueue(zone);
            else _zones.Remove(zone);
        }
    }

    private LinkedListNode<CancellationTokenSource> BecomeSlow(CancellationTokenSource limit)
    {
        CancellationTokenSource? oldest = null;
        LinkedListNode<CancellationTokenSource> place;
        lock (_lock)
        {
            if (_slow.Count >= SlowMax)
            {
                oldest = _slow.First!.Value;
                _slow.RemoveFirst();
            }

            place = _slow.AddLast(limit);
        }

        _ = oldest?.CancelAsync();
        return place;
    }
}
