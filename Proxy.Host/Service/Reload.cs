using Proxy.Host.Wiring;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Host.Service;

/// <summary>
/// What HUP asks for: the access log is reopened, certificates and a file of routes are read again, and one line says
/// what came of it. One reload runs at a time; those requested in the meantime become one reload behind it.
/// </summary>
/// <param name="accesses">The access log.</param>
/// <param name="encryption">The certificates; null without TLS.</param>
/// <param name="routing">Where routes come from.</param>
/// <param name="report">Takes the line.</param>
internal sealed class Reload(
    AccessLog accesses, TlsServices? encryption, RoutingServices routing, Action<string> report)
    : IAsyncDisposable
{
    /// <summary>How long a log whose writer is blocked is waited for.</summary>
    public static readonly TimeSpan LogWaitMax = TimeSpan.FromSeconds(2);

    /// <summary>How long certificates are reread at once; those that are left follow when they are needed.</summary>
    public static readonly TimeSpan CertificatesTimeMax = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _isAsked;

    /// <summary>Called when a reload begins.</summary>
    public required Action Begun { get; init; }

    /// <summary>Called when it has ended.</summary>
    public required Action Ended { get; init; }

    /// <summary>Asks for a reload; returns at once.</summary>
    public void Request()
    {
        lock (_lock)
        {
            if (_isAsked || _stop.IsCancellationRequested) return;
            _isAsked = true;
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
        lock (_lock) _isAsked = false;
        Begun();
        try
        {
            report($"HUP: {await ReloadAsync()}");
        }
        catch (Exception e)    // a fault here must not be one of the stop, which waits for this
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
            encryption is null ? null : $"{await encryption.RereadAsync(enough.Token)}",
            routing.Reread(),
        ];
        var words = string.Join("; ", done.OfType<string>());
        return words.Length > 0 ? words
            : "nothing to reopen or reread: no file of an access log, no TLS, " +
                "and Redis reports changes of routes by itself";
    }
}
