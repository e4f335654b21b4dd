namespace Proxy.Host.Service;

/// <summary>
/// Tells the service manager that all is well as often as it wants to hear it, and only while a trial says so: a proxy
/// that does not serve any more is killed and started again.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="notice">The manager.</param>
    /// <param name="period">It wants to hear something within twice this time.</param>
    /// <param name="trial">Says why all is not well, within a limit; null when it is.</param>
    /// <param name="report">Takes a line when all is not well.</param>
    public Watchdog(
        SystemdNotifier notice, TimeSpan period, Func<TimeSpan, Task<string?>> trial, Action<string> report) =>
        _running = Task.Run(() => RunAsync(notice, period, trial, report));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(
        SystemdNotifier notice, TimeSpan period, Func<TimeSpan, Task<string?>> trial, Action<string> report)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            do
            {
                if (await trial(period) is { } trouble) report($"the watchdog is not fed: {trouble}");
                else notice.Alive();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }
}
