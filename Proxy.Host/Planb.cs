using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Redis;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry;
using Proxy.Core.Tls;
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
    private readonly RedisConnections _redis;
    private readonly Router _router;
    private readonly ErrorLog _errors;
    private readonly AccessLog _accesses;
    private readonly Deadlines _deadlines;
    private readonly BackendPool _pool;
    private readonly HttpServer _server;
    private readonly ITransport _transport;
    private readonly CertificateCache? _certificates;
    private readonly TlsAcceptor? _tls;
    private readonly List<IListener> _listeners = [];

    private Planb(Settings settings, RedisConnections redis, AccessLog accesses, ErrorLog errors)
    {
        var time = TimeProvider.System;
        (_settings, _redis, _accesses, _errors) = (settings, redis, accesses, errors);
        _deadlines = new Deadlines(time);
        _transport = new SocketTransport(_deadlines, errors.Write);
        var encryption = new BackendEncryption(settings.BackendTls, _deadlines, settings.Tls is not null);
        var dialer = new Dialer(_transport, settings.Timeouts.Dial, encryption.EncryptAsync);
        _pool = new BackendPool(dialer, _deadlines, time);
        var routing = new RoutingSettings { DeadBackendTime = settings.DeadBackendTime };
        _router = new Router(new RedisRoutes(redis), routing, errors.Write);
        var shared = new Shared(
            _router, _pool, _deadlines, settings.Timeouts, accesses, errors, settings.RequestIdHeader, settings.Retries);
        _server = new HttpServer(shared, time);
        if (settings.Tls is not { } tls) return;

        ICertificateStore store = tls.Folder is { } folder ? new CertificateFolder(folder) : new RedisCertificates(redis);
        var rules = new CertificateRules(tls.Preset, tls.DefaultCertificate, tls.CertificatesMax);
        _certificates = new CertificateCache(store, rules, errors.Write, time);
        _tls = new TlsAcceptor(_certificates, _deadlines, PlainOnTls.Answer, errors.Write);
    }

    /// <summary>Connects to Redis, opens the log, listens, and says so.</summary>
    /// <exception cref="StartFailure">Something stands in the way.</exception>
    public static async Task<Planb> StartAsync(Settings settings, Stream standardOutput, Stream standardError)
    {
        var errors = new ErrorLog(standardError, TimeProvider.System);
        if (settings.Tls is { } tls && await OpenSslSettings.ApplyAsync(tls.Preset) is { } fault)
            throw new StartFailure(fault);
        try
        {
            var redis = await RedisConnections.StartAsync(settings.ReadRedis, settings.WriteRedis);
            var accesses = AccessLog.Open(settings.AccessLog, standardOutput, errors, TimeProvider.System);
            var planb = new Planb(settings, redis, accesses, errors);
            await planb.ListenAsync();
            return planb;
        }
        catch (Exception e) when (e is RedisRefusedException or IOException or BrokenCertificateException)
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

    /// <summary>Certificates are read again when they are needed next.</summary>
    public void Reread() => _certificates?.AllChanged();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners) await listener.DisposeAsync();
        _pool.Dispose();
        _certificates?.Dispose();
        _tls?.Dispose();
        await _router.DisposeAsync();
        await _redis.DisposeAsync();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
        _accesses.Stop(LogWait);
        _errors.Stop(LogWait);
    }

    private async Task ListenAsync()
    {
        if (_settings.Listen is { } plain)
        {
            var listener = await ListenAsync(plain, "--listen", _server.ServeAsync);
            _errors.Write($"Listening on {listener.LocalEndPoint}...");
        }

        if (_settings.Tls is { } tls)
        {
            var listener = await ListenAsync(
                tls.Listen, "--tls-listen", client => _tls!.ServeAsync(client, _server.ServeAsync));
            _errors.Write($"Listening tls on {listener.LocalEndPoint}...");
            if (tls.Folder is { } folder && !Directory.Exists(folder))
                _errors.Write($"there is no folder {folder} (--load-certificates-from)");
            await _certificates!.CheckDefaultAsync();
        }
    }

    private async Task<IListener> ListenAsync(EndPoint address, string flag, Func<Connection, Task> serve)
    {
        try
        {
            var bound = address is DnsEndPoint name ? await ResolveAsync(name) : address;
            var listener = _transport.Listen(bound, serve);
            _listeners.Add(listener);
            return listener;
        }
        catch (SocketException e)
        {
            await DisposeAsync();
            throw new StartFailure($"cannot listen on {address}: {e.Message} ({flag})", e);
        }
    }

    private static async Task<EndPoint> ResolveAsync(DnsEndPoint name)
    {
        var addresses = await Dns.GetHostAddressesAsync(name.Host);
        return new IPEndPoint(Array.Find(addresses, ip => ip.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0], name.Port);
    }
}
