using Proxy.Host.Wiring;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Host.Service;

/// <summary>
/// The reload of HUP: reopens the access log, rereads certificates and a file of routes, and reports the result in one
/// line. One reload runs at a time; requests that come in the meantime become one reload after it.
/// </summary>
/// <param name="accesses">The access log.</param>
/// <param name="tls">The certificates; null without TLS.</param>
/// <param name="routing">The routes.</param>
/// <param name="report">Receives the line.</param>
internal sealed class Reload(
    AccessLog accesses, TlsServices? tls, RoutingServices routing, Action<string> report)
    : IAsyncDisposable
{
    /// <summary>How long a reload waits for a log whose writer is blocked.</summary>
    public static readonly TimeSpan LogWaitMax = TimeSpan.FromSeconds(2);

    /// <summary>How long certificates are reread; the remaining ones are reread when they are needed.</summary>
    public static readonly TimeSpan CertificatesTimeMax = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _isRequested;

    /// <summary>Called when a reload begins.</summary>
    public required Action Begun { get; init; }

    /// <summary>Called when a reload is over.</summary>
    public required Action Ended { get; init; }

    /// <summary>Requests a reload, and returns immediately.</summary>
    public void Request()
    {
        lock (_lock)
        {
            if (_isRequested || _stop.IsCancellationRequested) return;
            _isRequested = true;
            var before = _running;
            _running = Task.Run(() => RunAsync(before));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_lock)
        {
            _stop.Cancel();
            running = _running;
        }

        await running;
        _stop.Dispose();
    }

    private async Task RunAsync(Task before)
    {
        await before;
        lock (_lock) _isRequested = false;
        Begun();
        try
        {
            report($"HUP: {await ReloadAsync()}");
        }
        catch (Exception e)    // a fault here must not become one of the stop, which waits for the reload
        {
            report($"HUP: failed: {e.GetBaseException().Message}");
        }

        Ended();
    }

    private async Task<string> ReloadAsync()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        enough.CancelAfter(CertificatesTimeMax);
        string?[] done =
        [
            await accesses.ReopenAsync(LogWaitMax),
            tls is null ? null : $"{await tls.RereadAsync(enough.Token)}",
            routing.Reread(),
        ];
        var words = string.Join("; ", done.OfType<string>());
        return words.Length > 0 ? words
            : "nothing to reload: the access log is not a file, TLS is off, " +
                "and Redis pushes route changes automatically";
    }
}
