namespace Proxy.Host.Service;

/// <summary>
/// Sends keep-alive messages to the service manager while a check finds that clients are served, so that the manager
/// restarts a proxy that hangs.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="manager">The service manager.</param>
    /// <param name="period">Half the time within which the manager expects a message.</param>
    /// <param name="check">Returns what is wrong, within a limit; null when nothing is.</param>
    /// <param name="report">Receives a line when the check fails.</param>
    public Watchdog(
        SystemdNotifier manager, TimeSpan period, Func<TimeSpan, Task<string?>> check, Action<string> report) =>
        _running = Task.Run(() => RunAsync(manager, period, check, report));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(
        SystemdNotifier manager, TimeSpan period, Func<TimeSpan, Task<string?>> check, Action<string> report)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            do
            {
                if (await check(period) is { } fault) report($"no keep-alive is sent to the service manager: {fault}");
                else manager.Alive();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The proxy stops.
        }
    }
}
