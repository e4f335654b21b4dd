using System.Threading.Channels;

namespace Proxy.Core.Routing;

/// <summary>
/// Tells the store of dead backends in the background. What could not be told is tried again each second until the
/// mark is over.
/// </summary>
internal sealed class MarkTeller : IAsyncDisposable
{
    private const int QueueMax = 10_000;

    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);

    private readonly IRoutes _routes;
    private readonly Clock _clock;
    private readonly Action<string> _errors;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<News> _queue;
    private readonly Task _running;
    private long _told;

    public MarkTeller(IRoutes routes, Clock clock, Action<string> errors)
    {
        (_routes, _clock, _errors) = (routes, clock, errors);
        _queue = Channel.CreateBounded<News>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
        _running = Task.Run(RunAsync);
    }

    /// <summary>How many times the store was told: orders tellings and readings.</summary>
    public long Told => Volatile.Read(ref _told);

    /// <summary>Hands over what to tell; a full queue drops it, and the mark stays known to this node only.</summary>
    public void Tell(News news)
    {
        if (!_queue.Writer.TryWrite(news))
            _errors($"{news.Route.Frontend}: too many dead backends to tell, {news.Backend.Url} stays known here only");
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
        var untold = new List<News>();
        while (await HasWorkAsync(untold.Count > 0))
        {
            var work = untold;
            while (_queue.Reader.TryRead(out var news)) work.Add(news);
            var wasTold = await Task.WhenAll(work.Select(TellAsync));
            untold = [.. work.Where((news, i) => !wasTold[i] && news.Mark.Deadline > _clock.Now)];
        }
    }

    private async Task<bool> HasWorkAsync(bool isUntold)
    {
        if (_queue.Reader.TryPeek(out _)) return true;
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (isUntold) wait.CancelAfter(RetryPeriod);
        try
        {
            return await _queue.Reader.WaitToReadAsync(wait.Token);
        }
        catch (OperationCanceledException)
        {
            return !_stop.IsCancellationRequested;
        }
    }

    private async Task<bool> TellAsync(News news)
    {
        try
        {
            var remaining = TimeSpan.FromMilliseconds(Math.Max(1, news.Mark.Deadline - _clock.Now));
            var death = new Death(
                news.Route.Frontend, news.Backend, news.Route.Backends.Length, remaining, news.WasTried);
            await (news.IsDead ? _routes.TellDeadAsync(death) : _routes.TellAliveAsync(death));
            news.Mark.ToldAt = Interlocked.Increment(ref _told);
            return true;
        }
        catch (RoutesUnavailableException e)
        {
            if (!news.WasTried) _errors($"{news.Route.Frontend}: cannot tell about {news.Backend.Url}: {e.Message}");
            news.WasTried = true;
            return false;
        }
    }

    /// <summary>A mark that began or ended.</summary>
    public sealed record News(Route Route, Backend Backend, Mark Mark, bool IsDead)
    {
        /// <summary>Whether the store was unavailable once.</summary>
        public bool WasTried { get; set; }
    }
}
