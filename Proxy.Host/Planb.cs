using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Redis;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Linux;
using Proxy.Core.Transport.Sockets;
using Proxy.Http1;

namespace Proxy.Host;

/// <summary>The running proxy: everything is built here, by hand, in order.</summary>
internal sealed class Planb : IAsyncDisposable
{
    /// <summary>How long a stop waits for the logs' last lines.</summary>
    private static readonly TimeSpan LogWait = TimeSpan.FromSeconds(5);

    private readonly Settings _settings;
    private readonly RedisConnections _redis;
    private readonly Router _router;
    private readonly RedisFeed _feed;
    private readonly ErrorLog _errors;
    private readonly AccessLog _accesses;
    private readonly Deadlines _deadlines;
    private readonly BackendPool _pool;
    private readonly HttpServer _server;
    private readonly ITransport _transport;
    private readonly List<IListener> _listeners = [];

    private Planb(Settings settings, RedisConnections redis, AccessLog accesses, ErrorLog errors)
    {
        var time = TimeProvider.System;
        (_settings, _redis, _accesses, _errors) = (settings, redis, accesses, errors);
        _deadlines = new Deadlines(time);
        _transport = settings.Engine == Engine.Native && EpollTransport.IsSupported
            ? new EpollTransport(Environment.ProcessorCount, _deadlines, errors.Write)
            : new SocketTransport(_deadlines, errors.Write);
        _pool = new BackendPool(new Dialer(_transport, settings.Timeouts.Dial), _deadlines, time);
        var routing = new RoutingSettings { DeadBackendTime = settings.DeadBackendTime };
        var changes = new Changes(new Clock());
        _router = new Router(new RedisRoutes(redis), routing, changes, errors.Write);
        _feed = new RedisFeed(redis.Read, changes, () => _router.Routes > 0, errors.Write);
        var shared = new Shared(
            _router, _pool, _deadlines, settings.Timeouts, accesses, errors,
            settings.RequestIdHeader, settings.Retries);
        _server = new HttpServer(shared, time);
    }

    /// <summary>Connects to Redis, opens the log, listens, and says so.</summary>
    /// <exception cref="StartFailure">Something stands in the way.</exception>
    public static async Task<Planb> StartAsync(Settings settings, Stream standardOutput, Stream standardError)
    {
        var errors = new ErrorLog(standardError, TimeProvider.System);
        try
        {
            var redis = await RedisConnections.StartAsync(settings.ReadRedis, settings.WriteRedis);
            var accesses = AccessLog.Open(settings.AccessLog, standardOutput, errors, TimeProvider.System);
            var planb = new Planb(settings, redis, accesses, errors);
            if (settings.Listen is { } address) await planb.ListenAsync(address);
            return planb;
        }
        catch (Exception e) when (e is RedisRefusedException or IOException)
        {
            throw new StartFailure(e.Message, e);
        }
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
        await _feed.DisposeAsync();
        await _router.DisposeAsync();
        await _redis.DisposeAsync();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
        _accesses.Stop(LogWait);
        _errors.Stop(LogWait);
    }

    private async Task ListenAsync(EndPoint address)
    {
        try
        {
            var bound = address is DnsEndPoint name ? await ResolveAsync(name) : address;
            var listener = _transport.Listen(bound, _server.ServeAsync);
            _listeners.Add(listener);
            _errors.Write($"Listening on {listener.LocalEndPoint}...");
        }
        catch (SocketException e)
        {
            await DisposeAsync();
            throw new StartFailure($"cannot listen on {address}: {e.Message} (--listen)", e);
        }
    }

    private static async Task<EndPoint> ResolveAsync(DnsEndPoint name)
    {
        var addresses = await Dns.GetHostAddressesAsync(name.Host);
        var preferred = Array.Find(addresses, ip => ip.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        return new IPEndPoint(preferred, name.Port);
    }
}
