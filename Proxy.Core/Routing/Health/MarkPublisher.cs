using System.Threading.Channels;

namespace Proxy.Core.Routing.Health;

/// <summary>
/// Tells the store in the background of backends that died or came back. What could not be told is tried again each
/// second until the mark is over; a mark that is over leaves the store, which would keep it as long as another backend
/// of the same frontend goes on failing.
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
    private long _told;

    public MarkPublisher(IRouteStore routes, Clock clock, Action<string> errors)
    {
        (_routes, _clock, _errors) = (routes, clock, errors);
        _queue = Channel.CreateBounded<PendingMark>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
        _running = Task.Run(RunAsync);
    }

    /// <summary>How many times the store was told: orders tellings and readings.</summary>
    public long PublishedCount => Volatile.Read(ref _told);

    /// <summary>Hands over what to tell; a full queue drops it, and the mark stays known to this node only.</summary>
    public void Publish(Route route, DeadMark mark)
    {
        if (_queue.Writer.TryWrite(new PendingMark(route, mark))) return;
        _errors($"frontend:{route.Frontend}: the dead mark of backend {mark.Url} is not published: too many wait");
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
            while (_queue.Reader.TryRead(out var news)) waiting.Add(news);
            var now = _clock.Now;
            var due = waiting.FindAll(news => news.DueAt <= now);
            waiting.RemoveAll(news => news.DueAt <= now);
            await Task.WhenAll(due.Select(news => ProcessAsync(news, now)));
            waiting.AddRange(due.Where(news => news.DueAt > now));
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

    // A mark is told, and at its deadline taken back; a revival is only told.
    private async Task ProcessAsync(PendingMark news, long now)
    {
        var isOver = now >= news.Mark.Deadline;
        if (news.Mark.Published is null && !isOver) await PublishAsync(news, now);
        else if (isOver && news.Mark is { Published: not null, IsWithdrawn: false }) await EndAsync(news, now);
    }

    private async Task PublishAsync(PendingMark news, long now)
    {
        try
        {
            var remaining = TimeSpan.FromMilliseconds(news.Mark.Deadline - now);
            var death = Death(news) with { Remaining = remaining, IsLate = news.IsLate };
            if (news.Mark.Kind is DeadMarkKind.Failed) news.Mark.Index = await _routes.PublishDeadAsync(death);
            else await _routes.PublishAliveAsync(death);
            news.Mark.Published = new DeadMark.Publication(Interlocked.Increment(ref _told), _clock.Now);
            news.DueAt = news.Mark.Kind is DeadMarkKind.Failed ? news.Mark.Deadline : 0;
            if (news.Failure is not null) _errors($"{TextOf(news)} is published now");
        }
        catch (RoutesUnavailableException e)
        {
            news.IsLate = true;
            news.DueAt = _clock.Now + RetryMilliseconds;
            if (news.Failure == e.Message) return;
            news.Failure = e.Message;
            _errors($"{TextOf(news)} cannot be published, it is tried again each second: {e.Message}");
        }
    }

    private static string TextOf(PendingMark news)
    {
        var what = news.Mark.Kind is DeadMarkKind.Failed ? "the dead mark" : "the end of the dead mark";
        return $"frontend:{news.Route.Frontend}: {what} of backend {news.Mark.Url}";
    }

    private async Task EndAsync(PendingMark news, long now)
    {
        if (news.Route.State.HasFailed(news.Mark.Url, now)) return;
        try
        {
            await _routes.EndMarkAsync(Death(news));
        }
        catch (RoutesUnavailableException)
        {
            // The store's own expiry remains.
        }
    }

    private static DeadNotice Death(PendingMark news) => new(
        news.Route.Frontend, news.Mark.Url, news.Mark.Index, news.Route.Backends.Length, TimeSpan.Zero, IsLate: true);

    private sealed record PendingMark(Route Route, DeadMark Mark)
    {
        /// <summary>When there is something to do: to tell, to try again, or to end the mark; past for never.</summary>
        public long DueAt { get; set; }

        /// <summary>Whether telling failed before, so that the list may have changed since.</summary>
        public bool IsLate { get; set; }

        /// <summary>Why telling failed the last time; null if it has not.</summary>
        public string? Failure { get; set; }
    }
}
