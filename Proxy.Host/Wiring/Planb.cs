using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.Handshake;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Epoll;
using Proxy.Core.Transport.Sockets;
using Proxy.Host.Service;
using Proxy.Host.Status;
using Proxy.Http;
using Proxy.Http.Backends;
using Proxy.Http.Telemetry;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Http1;

namespace Proxy.Host.Wiring;

/// <summary>The running proxy: everything is built here, by hand, in order.</summary>
internal sealed class Planb : IAsyncDisposable
{
    /// <summary>How long a stop waits for the last lines of the logs.</summary>
    private static readonly TimeSpan LogWait = TimeSpan.FromSeconds(5);

    private readonly Settings _settings;
    private readonly ErrorLog _errors;
    private readonly AccessLog _accesses;
    private readonly Deadlines _deadlines = new(TimeProvider.System);
    private readonly ITransport _transport;
    private readonly Listeners _listeners;
    private readonly NameResolver _names;
    private readonly Dialer _dialer;
    private readonly SystemdNotifier _manager = SystemdNotifier.FromEnvironment();
    private RoutingServices? _routing;
    private BackendPool? _pool;
    private ProxyContext? _context;
    private TlsServices? _tls;
    private TlsAcceptor? _acceptor;
    private ReadinessCheck? _readiness;
    private StatusServer? _pages;
    private Diagnostics? _diagnostics;
    private Reload? _reload;
    private Watchdog? _watchdog;

    private Planb(Settings settings, BackendTrust trust, AccessLog accesses, ErrorLog errors)
    {
        (_settings, _accesses, _errors) = (settings, accesses, errors);
        _transport = NewTransport(settings.Threads, "loop");
        _listeners = new Listeners(settings, _transport, _deadlines, errors.Write);
        _names = new NameResolver(new NameSettings(), TimeProvider.System, errors.Write);
        var encryption = new BackendEncryption(trust, _deadlines);
        _dialer = new Dialer(_transport, _names, settings.Timeouts.Dial, encryption.EncryptAsync);
    }

    /// <summary>Opens the log, connects to Redis, listens, and reports it.</summary>
    /// <exception cref="StartFailure">The proxy cannot start.</exception>
    public static async Task<Planb> StartAsync(Settings settings, Stream standardOutput, Stream standardError)
    {
        var errors = new ErrorLog(standardError, TimeProvider.System);
        var trust = await TlsServices.PrepareAsync(settings);
        TlsServices.CheckFolder(settings.Tls);
        var planb = new Planb(settings, trust, OpenAccessLog(settings, standardOutput, errors), errors);
        try
        {
            await planb.StartAsync(standardOutput);
            return planb;
        }
        catch
        {
            await planb.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Reports itself as not ready, and for the drain delay continues as before; then stops accepting, and waits for
    /// requests and tunnels, at most for the drain timeout. <paramref name="now"/> ends every wait.
    /// </summary>
    public async Task StopAsync(CancellationToken now)
    {
        _readiness?.BeginDrain();
        _ = _pages?.CloseOnTakeoverAsync();
        _manager.Stopping("Stopping: draining requests and tunnels");
        await Task.Delay(_settings.DrainDelay, now).ContinueWith(_ => { }, TaskScheduler.Default);
        await _listeners.StopAsync();
        var arriving = _acceptor?.HandshakesEndAsync();
        if (_context?.Connections is not { } clients) return;
        if (await clients.DrainAsync(_settings.DrainTimeout, now, arriving)) return;
        var aborted = Plural.Of(await clients.AbortAllAsync(), "connection");
        _errors.Write($"aborted {aborted} still open at the end of the drain (--drain-timeout)");
    }

    /// <summary>Handles HUP: reopens the access log, rereads certificates and the file of routes.</summary>
    public void Reload() => _reload?.Request();

    /// <summary>Handles USR1: prints the status to standard output.</summary>
    public void PrintStatus() => _diagnostics?.PrintStatus();

    /// <summary>Handles USR2: writes a profile to a file.</summary>
    public void WriteProfile() => _diagnostics?.Profile();

    /// <summary>Reports a signal that has no effect.</summary>
    public void ReportIgnored(string signal) =>
        _errors.Write($"signal {signal} is ignored, as in the process that started planb: TERM or INT stops it");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null) await _watchdog.DisposeAsync();
        if (_reload is not null) await _reload.DisposeAsync();
        if (_diagnostics is not null) await _diagnostics.DisposeAsync();
        await _listeners.DisposeAsync();
        _pool?.Dispose();
        _tls?.Dispose();
        if (_routing is not null) await _routing.DisposeAsync();
        await _names.DisposeAsync();
        if (_pages is not null) await _pages.DisposeAsync();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
        _accesses.Stop(LogWait);
        _errors.Stop(LogWait);
        _manager.Dispose();
    }

    private ITransport NewTransport(int threads, string name) =>
        _settings.Engine == Engine.Native && EpollTransport.IsSupported
            ? new EpollTransport(threads, _deadlines, _errors.Write, name)
            : new SocketTransport(_deadlines, _errors.Write);

    private static AccessLog OpenAccessLog(Settings settings, Stream standardOutput, ErrorLog errors)
    {
        var log = new AccessLogSettings(settings.AccessLog, settings.AccessLogFormat);
        try
        {
            return AccessLog.Open(log, standardOutput, errors, TimeProvider.System);
        }
        catch (IOException e)
        {
            errors.Stop(LogWait);
            throw new StartFailure($"{e.Message} (--access-log)", e);
        }
    }

    private async Task StartAsync(Stream standardOutput)
    {
        await _listeners.CheckAsync();
        _routing = await RoutingServices.StartAsync(_settings, _dialer, _names, _errors.Write);
        var backends = new Http1Backends(_settings.RequestIdHeader, _settings.IsHipache);
        _pool = new BackendPool(_dialer, _deadlines, TimeProvider.System, backends);
        var context = _context = NewContext(_routing.Router, _pool);
        var server = new Http1Server(context);
        await _listeners.ListenHttpAsync(server.ServeAsync);
        if (_settings.Tls is { } tls) await ListenHttpsAsync(tls, _routing.Certificates, server);
        var status = new StatusSource
        {
            Transport = _transport, Context = context, Routing = _routing, Names = _names,
            TlsAcceptor = _acceptor, Certificates = _tls?.Certificates,
        };
        _readiness = new ReadinessCheck(_routing.Router);
        if (_settings.MetricsAddress is { } address)
            _pages = await StatusServer.StartAsync(address, status, _readiness, NewTransport(1, "pages"));
        _diagnostics = new Diagnostics(status, standardOutput, _errors.Write);
        BeginService(_routing);
    }

    private ProxyContext NewContext(Router router, BackendPool pool) => new(
        router, pool, _deadlines, _settings.Timeouts, _accesses, _errors,
        _settings.RequestIdHeader, _settings.Retries, _settings.IsHipache)
    {
        Meter = new ExchangeMeter(
            pool.LoopCount,
            _settings.MetricsHosts > 0 ? new BusiestHosts(router, _settings.MetricsHosts) : null),
        TrustedProxies = _settings.TrustedProxies,
        IsOwnTimeRead = _settings.MetricsAddress is not null || _accesses.IsExtended,
    };

    private async Task ListenHttpsAsync(TlsSettings settings, ICertificateStore? inRedis, Http1Server server)
    {
        _tls = new TlsServices(settings, inRedis, _errors.Write);
        var acceptor = _acceptor = _tls.AcceptorFor(_transport.LoopCount, _deadlines);
        await _listeners.ListenHttpsAsync(settings.Listen, client => acceptor.ServeAsync(client, server.ServeAsync));
        await _tls.CheckDefaultAsync();
    }

    private void BeginService(RoutingServices routing)
    {
        var ready = () => _manager.Ready($"Listening on {string.Join(", ", _listeners.Addresses)}");
        _reload = new Reload(_accesses, _tls, routing, _errors.Answer) { Begun = _manager.Reloading, Ended = ready };
        ready();
        if (_manager.Watchdog is not { } period) return;
        var check = new AcceptCheck(_transport, () => _listeners.Addresses, () => _listeners.IsFull);
        _watchdog = new Watchdog(_manager, period / 2, check.RunAsync, _errors.Write);
    }
}
