using System.Threading.Channels;

namespace Proxy.Core.Routing.Health;

/// <summary>
/// Publishes in the background which backends died or came back. What could not be published is tried again each second
/// until the mark expires. An expired mark is removed from the store, which would otherwise keep it as long as another
/// backend of the same frontend keeps failing.
/// </summary>
internal sealed class MarkPublisher : IAsyncDisposable
{
    private const int QueueMax = 10_000;
    private const int RetryMilliseconds = 1000;

    private static readonly TimeSpan RetryCheckPeriod = TimeSpan.FromMilliseconds(250);

    private readonly IRouteStore _routes;
    private readonly Clock _clock;
    private readonly Action<string> _errors;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<PendingMark> _queue;
    private readonly Task _running;
    private long _published;

    public MarkPublisher(IRouteStore routes, Clock clock, Action<string> errors)
    {
        (_routes, _clock, _errors) = (routes, clock, errors);
        _queue = Channel.CreateBounded<PendingMark>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
        _running = Task.Run(RunAsync);
    }

    /// <summary>How many marks were published: orders publications and reads.</summary>
    public long PublishedCount => Volatile.Read(ref _published);

    /// <summary>Queues a mark; if the queue is full it is dropped, and only this node knows the mark.</summary>
    public void Publish(Route route, DeadMark mark)
    {
        if (_queue.Writer.TryWrite(new PendingMark(route, mark))) return;
        _errors($"frontend:{route.Frontend}: the dead mark of backend {mark.Url} is not published: the queue is full");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.Complete();
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var waiting = new List<PendingMark>();
        while (await HasWorkAsync(waiting.Count > 0))
        {
            while (_queue.Reader.TryRead(out var pending)) waiting.Add(pending);
            var now = _clock.Now;
            var due = waiting.FindAll(pending => pending.DueAt <= now);
            waiting.RemoveAll(pending => pending.DueAt <= now);
            await Task.WhenAll(due.Select(pending => ProcessAsync(pending, now)));
            waiting.AddRange(due.Where(pending => pending.DueAt > now));
        }
    }

    private async Task<bool> HasWorkAsync(bool isWaiting)
    {
        if (_queue.Reader.TryPeek(out _)) return true;
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (isWaiting) wait.CancelAfter(RetryCheckPeriod);
        try
        {
            return await _queue.Reader.WaitToReadAsync(wait.Token);
        }
        catch (OperationCanceledException)
        {
            return !_stop.IsCancellationRequested;
        }
    }

    // A dead mark is published, and removed at its deadline; a revival is only published.
    private async Task ProcessAsync(PendingMark pending, long now)
    {
        var isOver = now >= pending.Mark.Deadline;
        if (pending.Mark.Published is null && !isOver) await PublishAsync(pending, now);
        else if (isOver && pending.Mark is { Published: not null, IsWithdrawn: false }) await EndAsync(pending, now);
    }

    private async Task PublishAsync(PendingMark pending, long now)
    {
        try
        {
            var remaining = TimeSpan.FromMilliseconds(pending.Mark.Deadline - now);
            var notice = NoticeOf(pending) with { Remaining = remaining, IsLate = pending.IsLate };
            if (pending.Mark.Kind is DeadMarkKind.Failed) pending.Mark.Index = await _routes.PublishDeadAsync(notice);
            else await _routes.PublishAliveAsync(notice);
            pending.Mark.Published = new DeadMark.Publication(Interlocked.Increment(ref _published), _clock.Now);
            pending.DueAt = pending.Mark.Kind is DeadMarkKind.Failed ? pending.Mark.Deadline : 0;
            if (pending.Failure is not null) _errors($"{TextOf(pending)} is now published");
        }
        catch (RoutesUnavailableException e)
        {
            pending.IsLate = true;
            pending.DueAt = _clock.Now + RetryMilliseconds;
            if (pending.Failure == e.Message) return;
            pending.Failure = e.Message;
            _errors($"{TextOf(pending)} cannot be published: {e.Message}; retrying every second");
        }
    }

    private static string TextOf(PendingMark pending)
    {
        var what = pending.Mark.Kind is DeadMarkKind.Failed ? "the dead mark" : "the removal of the dead mark";
        return $"frontend:{pending.Route.Frontend}: {what} of backend {pending.Mark.Url}";
    }

    private async Task EndAsync(PendingMark pending, long now)
    {
        if (pending.Route.State.HasFailed(pending.Mark.Url, now)) return;
        try
        {
            await _routes.EndMarkAsync(NoticeOf(pending));
        }
        catch (RoutesUnavailableException)
        {
            // The store's own expiry remains.
        }
    }

    private static DeadNotice NoticeOf(PendingMark pending) => new(
        pending.Route.Frontend,
        pending.Mark.Url,
        pending.Mark.Index,
        pending.Route.Backends.Length,
        TimeSpan.Zero,
        IsLate: true);

    private sealed record PendingMark(Route Route, DeadMark Mark)
    {
        /// <summary>When to publish, retry or remove the mark; in the past for never.</summary>
        public long DueAt { get; set; }

        /// <summary>Whether publishing failed before, so that the list may have changed since.</summary>
        public bool IsLate { get; set; }

        /// <summary>Why publishing failed the last time; null if it has not.</summary>
        public string? Failure { get; set; }
    }
}

/// <summary>The notice to the other nodes that a backend is dead.</summary>
/// <param name="Frontend">The frontend's name.</param>
/// <param name="Url">The backend, exactly as stored.</param>
/// <param name="Index">Its index when it was chosen, or the published one.</param>
/// <param name="Count">Backends in the list at that time.</param>
/// <param name="Remaining">How long the mark still lasts.</param>
/// <param name="IsLate">Whether time has passed since, so that the list may have changed.</param>
public sealed record DeadNotice(string Frontend, string Url, int Index, int Count, TimeSpan Remaining, bool IsLate);
