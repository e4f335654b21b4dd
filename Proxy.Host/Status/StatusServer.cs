using System.Net;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Core.Transport;
using Proxy.Host.Service;
using Proxy.Host.Wiring;
using Proxy.Http1.Pages;

namespace Proxy.Host.Status;

/// <summary>
/// The server of <c>--metrics-address</c>. It has a transport of its own, so that it responds while the event loops are
/// busy, and while everything else stops.
/// </summary>
internal sealed class StatusServer : IAsyncDisposable
{
    private readonly ITransport _transport;
    private readonly ProcessMetrics _process;
    private readonly IListener _listener;

    private StatusServer(ITransport transport, ProcessMetrics process, IListener listener) =>
        (_transport, _process, _listener) = (transport, process, listener);

    /// <summary>Listens on an address and serves the pages. The server owns the transport.</summary>
    /// <exception cref="StartFailure">The address cannot be listened on.</exception>
    public static async Task<StatusServer> StartAsync(
        EndPoint address, StatusSource proxy, ReadinessCheck readiness, ITransport transport)
    {
        var process = new ProcessMetrics(TimeProvider.System);
        try
        {
            var (deadlines, errors) = (proxy.Context.Deadlines, proxy.Context.ErrorLog);
            var pages = new PageServer(new StatusPages(proxy, readiness, process).FindAsync, deadlines, errors.Write);
            var listener = await Listeners.ListenAsync(
                address, "--metrics-address", bound => transport.Listen(bound, pages.ServeAsync));
            errors.Write($"Serving metrics on {listener.LocalEndPoint}...");
            return new StatusServer(transport, process, listener);
        }
        catch
        {
            process.Dispose();
            await transport.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Goes on serving until another process listens on the address: that one is ready, as this one is not any more.
    /// </summary>
    public async Task CloseOnTakeoverAsync()
    {
        await _listener.TakenOver;
        await _listener.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _process.Dispose();
        await _transport.DisposeAsync();
    }
}
