using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Sockets;
using Proxy.Http1;

namespace Proxy.Host;

/// <summary>The running proxy: everything is built here, by hand, in order.</summary>
internal sealed class Planb : IAsyncDisposable
{
    /// <summary>How long a stop waits for the logs' last lines.</summary>
    private static readonly TimeSpan LogWait = TimeSpan.FromSeconds(5);

    private readonly Settings _settings;
    private readonly ErrorLog _errors;
    private readonly AccessLog _accesses;
    private readonly Deadlines _deadlines;
    private readonly BackendPool _pool;
    private readonly HttpServer _server;
    private readonly ITransport _transport;
    private readonly List<IListener> _listeners = [];

    /// <summary>
    /// Opens the logs and builds the parts; nothing listens yet. An <see cref="IOException"/> names a log that cannot
    /// be opened.
    /// </summary>
    public Planb(Settings settings, Stream standardOutput, Stream standardError)
    {
        var time = TimeProvider.System;
        _settings = settings;
        _errors = new ErrorLog(standardError, time);
        _accesses = AccessLog.Open(settings.AccessLog, standardOutput, _errors, time);
        _deadlines = new Deadlines(time);
        _transport = new SocketTransport(_deadlines, _errors.Write);
        _pool = new BackendPool(new Dialer(_transport, settings.Timeouts.Dial), _deadlines, time);
        var shared = new Shared(
            new Router(), _pool, _deadlines, settings.Timeouts, _accesses, _errors,
            settings.RequestIdHeader, settings.Retries);
        _server = new HttpServer(shared, time);
    }

    /// <summary>Listens and says so. A <see cref="StartFailure"/> tells what stands in the way.</summary>
    public void Start()
    {
        if (_settings.Listen is { } address) Listen(address);
    }

    /// <summary>
    /// Stops accepting, lets running exchanges end, at most for the drain timeout or until <paramref name="now"/>, and
    /// writes the logs' last lines.
    /// </summary>
    public async Task StopAsync(CancellationToken now)
    {
        foreach (var listener in _listeners)
        {
            _errors.Write($"Stopping listening on {listener.LocalEndPoint}...");
            await listener.DisposeAsync();
        }

        if (!await _server.DrainAsync(_settings.DrainTimeout, now))
            _errors.Write($"{_server.OpenConnections} connections were cut");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners) await listener.DisposeAsync();
        _pool.Dispose();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
        _accesses.Stop(LogWait);
        _errors.Stop(LogWait);
    }

    private void Listen(EndPoint address)
    {
        try
        {
            var listener = _transport.Listen(address, _server.ServeAsync);
            _listeners.Add(listener);
            _errors.Write($"Listening on {listener.LocalEndPoint}...");
        }
        catch (SocketException e)
        {
            throw new StartFailure($"cannot listen on {address}: {e.Message} (--listen)", e);
        }
    }
}
