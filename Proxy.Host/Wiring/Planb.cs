using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.Handshake;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Admission;
using Proxy.Core.Transport.Epoll;
using Proxy.Core.Transport.ProxyProtocol;
using Proxy.Core.Transport.Sockets;
using Proxy.Host.CommandLine;
using Proxy.Host.Service;
using Proxy.Host.Status;
using Proxy.Host.Status.Metrics;
using Proxy.Http;
using Proxy.Http.Backends;
using Proxy.Http.Telemetry;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Http1;
using Proxy.Http1.Pages;

namespace Proxy.Host.Wiring;

/// <summary>The running proxy: everything is built here, by hand, in order.</summary>
internal sealed class Planb : IAsyncDisposable
{
    /// <summary>How long a stop waits for the logs' last lines.</summary>
    private static readonly TimeSpan LogWait = TimeSpan.FromSeconds(5);

    private readonly Settings _settings;
    private readonly ErrorLog _errors;
    private readonly AccessLog _accesses;
    private readonly Deadlines _deadlines = new(TimeProvider.System);
    private readonly ITransport _transport;
    private readonly ConnectionGate _gate;
    private readonly NameResolver _names;
    private readonly Dialer _dialer;
    private readonly List<IListener> _listeners = [];
    private TlsMetrics? _handshakes;
    private ProcessMetrics? _process;
    private ITransport? _pagesTransport;
    private IListener? _pages;
    private ReadinessCheck? _readiness;
    private BackendPool? _pool;
    private RoutingServices? _routing;
    private ProxyContext? _context;
    private TlsServices? _encryption;
    private readonly SystemdNotifier _notice = SystemdNotifier.FromEnvironment();
    private readonly InheritedSockets _inherited;
    private volatile IReadOnlyList<EndPoint> _addresses = [];
    private TlsAcceptor? _acceptor;
    private Watchdog? _watchdog;
    private Diagnostics? _onlooker;
    private Reload? _reload;

    private Planb(Settings settings, BackendTrust trust, AccessLog accesses, ErrorLog errors)
    {
        _inherited = InheritedSockets.FromEnvironment(hasPlain: settings.Listen is not null);
        (_settings, _accesses, _errors) = (settings, accesses, errors);
        _transport = NewTransport(settings.Threads, "loop");
        _gate = new ConnectionGate(ConnectionBounds.Of(settings, errors.Write), errors.Write, TimeProvider.System);
        var withBackends = new BackendEncryption(trust, _deadlines);
        _names = new NameResolver(new NameSettings(), TimeProvider.System, errors.Write);
        _dialer = new Dialer(_transport, _names, settings.Timeouts.Dial, withBackends.EncryptAsync);
    }

    /// <summary>Opens the log, connects to Redis, listens, and says so.</summary>
    /// <exception cref="StartFailure">Something stands in the way.</exception>
    public static async Task<Planb> StartAsync(Settings settings, Stream standardOutput, Stream standardError)
    {
        var errors = new ErrorLog(standardError, TimeProvider.System);
        var trust = await TlsServices.PrepareAsync(settings);
        TlsServices.CheckFolder(settings.Tls);
        var planb = new Planb(settings, trust, OpenAccessLog(settings, standardOutput, errors), errors);
        try
        {
            await planb.StartAsync();
            planb.BeginService(standardOutput);
            return planb;
        }
        catch
        {
            await planb.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Says that it will stop, and for the drain delay goes on as before; stops accepting; lets running exchanges end,
    /// at most for the drain timeout. Nothing waits longer than until <paramref name="now"/>.
    /// </summary>
    public async Task StopAsync(CancellationToken now)
    {
        _readiness?.BeginDrain();
        if (_pages is not null) _ = LeaveAsync(_pages);
        _notice.Stopping("Stopping: running requests and tunnels are let end");
        await Task.Delay(_settings.DrainDelay, now).ContinueWith(_ => { }, TaskScheduler.Default);
        _addresses = [];
        foreach (var listener in _listeners)
        {
            _errors.Write($"Stopping listening on {listener.LocalEndPoint}...");
            await listener.DisposeAsync();
        }

        var arriving = _acceptor?.HandshakesEndAsync();
        if (_context?.Connections is { } clients && !await clients.DrainAsync(_settings.DrainTimeout, now, arriving))
            _errors.Write($"{await clients.AbortAllAsync()} connections were cut");
    }

    /// <summary>What SIGHUP asks for: the access log reopened, certificates and a file of routes read again.</summary>
    public void Reload() => _reload?.Request();

    /// <summary>What SIGUSR1 asks for: the state, on standard output.</summary>
    public void PrintStatus() => _onlooker?.PrintStatus();

    /// <summary>What SIGUSR2 asks for: a profile, in a file.</summary>
    public void WriteProfile() => _onlooker?.Profile();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null) await _watchdog.DisposeAsync();
        if (_reload is not null) await _reload.DisposeAsync();
        if (_onlooker is not null) await _onlooker.DisposeAsync();
        foreach (var listener in _listeners) await listener.DisposeAsync();
        if (_pages is not null) await _pages.DisposeAsync();
        _process?.Dispose();
        _pool?.Dispose();
        _encryption?.Dispose();
        if (_routing is not null) await _routing.DisposeAsync();
        await _names.DisposeAsync();
        if (_pagesTransport is not null) await _pagesTransport.DisposeAsync();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
        _accesses.Stop(LogWait);
        _errors.Stop(LogWait);
        _notice.Dispose();
    }

    private ITransport NewTransport(int threads, string name) =>
        _settings.Engine == Engine.Native && EpollTransport.IsSupported
            ? new EpollTransport(threads, _deadlines, _errors.Write, name)
            : new SocketTransport(_deadlines, _errors.Write);

    private string Status => $"Listening on {string.Join(", ", _addresses)}";

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

    private async Task StartAsync()
    {
        await RefuseConflictAsync();
        _routing = await RoutingServices.StartAsync(_settings, _dialer, _names, _errors.Write);
        var backends = new Http1Backends(_settings.RequestIdHeader, _settings.IsHipache);
        _pool = new BackendPool(_dialer, _deadlines, TimeProvider.System, backends);
        var context = _context = new ProxyContext(
            _routing.Router, _pool, _deadlines, _settings.Timeouts, _accesses, _errors,
            _settings.RequestIdHeader, _settings.Retries, _settings.IsHipache)
        {
            Meter = new ExchangeMeter(_pool.LoopCount, BusiestHosts(_routing.Router)),
            TrustedProxies = _settings.TrustedProxies,
            IsOwnTimeRead = _settings.MetricsAddress is not null || _accesses.IsExtended,
        };
        Func<Connection, Task> serve = new Http1Server(context).ServeAsync;
        if (_inherited.Https.Count > 0 && _settings.Tls is null)
            throw new StartFailure("a socket for HTTPS was given, but TLS is off (--tls-listen)");
        var plain = _inherited.Http.Count > 0 ? Adopt(_inherited.Http, serve)
            : _settings.Listen is { } address ? await ListenAsync(address, "--listen", serve)
            : null;
        if (plain is not null) _errors.Write($"Listening on {plain}...");
        if (_settings.Tls is { } tls) await ListenTlsAsync(tls, _routing.Certificates, serve);
        if (_settings.MetricsAddress is { } pages) await ServePagesAsync(pages, context);
    }

    private async Task RefuseConflictAsync()
    {
        var (http, https) = (_inherited.Http.Count > 0, _inherited.Https.Count > 0);
        if (await AddressConflict.FindAsync(_settings, withoutHttp: http, withoutHttps: https) is { } twice)
            throw new StartFailure($"cannot listen on {twice.Address} twice (--{twice.First}, --{twice.Second}): " +
                "take another port for one of them");
    }

    private void BeginService(Stream standardOutput)
    {
        var proxy = new Sighted(_transport, _context!, _deadlines) { Tls = _acceptor };
        _onlooker = new Diagnostics(proxy, standardOutput, _errors.Write);
        _addresses = [.. _listeners.Select(listener => listener.LocalEndPoint)];
        _reload = new Reload(_accesses, _encryption, _routing!, _errors.Answer)
        {
            Begun = _notice.Reloading,
            Ended = () => _notice.Ready(Status),
        };
        _notice.Ready(Status);
        if (_notice.Watchdog is not { } wanted) return;
        var trial = new AcceptCheck(_transport, () => _addresses, isFull: () => _gate.IsFull);
        _watchdog = new Watchdog(_notice, wanted / 2, trial.RunAsync, _errors.Write);
    }

    private BusiestHosts? BusiestHosts(Router router) =>
        _settings.MetricsHosts > 0 ? new BusiestHosts(router, _settings.MetricsHosts) : null;

    private async Task ListenTlsAsync(TlsSettings settings, ICertificateStore? inRedis, Func<Connection, Task> serve)
    {
        _encryption = new TlsServices(settings, inRedis, _errors.Write);
        var acceptor = _acceptor = _encryption.AcceptorFor(_transport.LoopCount, _deadlines);
        Task ServeAsync(Connection client) => acceptor.ServeAsync(client, serve);
        var address = _inherited.Https.Count > 0
            ? Adopt(_inherited.Https, ServeAsync)
            : await ListenAsync(settings.Listen, "--tls-listen", ServeAsync);
        _handshakes = _encryption.MetricsOf(acceptor);
        _errors.Write($"Listening tls on {address}...");
        await _encryption.CheckDefaultAsync();
    }

    // A new program that answers at the same address is ready, as this one is not: from now on it alone is asked.
    private static async Task LeaveAsync(IListener pages)
    {
        await pages.TakenOver;
        await pages.DisposeAsync();
    }

    // On a transport of its own: it answers when the loops are busy, and while everything else stops.
    private async Task ServePagesAsync(EndPoint address, ProxyContext context)
    {
        _readiness = new ReadinessCheck(context.Router);
        _process = new ProcessMetrics(TimeProvider.System);
        var parts = new Parts(_routing!, context, _readiness)
        {
            Tls = _handshakes, Process = _process, Names = _names,
        };
        var pages = new PageServer(new StatusPages(parts).FindAsync, _deadlines, _errors.Write);
        _pagesTransport = NewTransport(1, "pages");
        _pages = await ListenAsync(
            address, "--metrics-address", bound => _pagesTransport.Listen(bound, pages.ServeAsync));
        _errors.Write($"Listening metrics on {_pages.LocalEndPoint}...");
    }

    private EndPoint Adopt(IReadOnlyList<int> sockets, Func<Connection, Task> serve)
    {
        if (_settings.TakesProxyProtocol) serve = Unwrapped(serve);
        try
        {
            _listeners.Add(_transport.Adopt(sockets, serve, _gate));
            return _listeners[^1].LocalEndPoint;
        }
        catch (SocketException e)
        {
            throw new StartFailure($"a socket that was given does not listen for TCP: {e.Message} (LISTEN_FDS)", e);
        }
    }

    private async Task<EndPoint> ListenAsync(EndPoint address, string flag, Func<Connection, Task> serve)
    {
        if (_settings.TakesProxyProtocol) serve = Unwrapped(serve);
        var listener = await ListenAsync(address, flag, bound => _transport.Listen(bound, serve, _gate));
        _listeners.Add(listener);
        return listener.LocalEndPoint;
    }

    private static async Task<IListener> ListenAsync(EndPoint address, string flag, Func<IPEndPoint, IListener> listen)
    {
        try
        {
            return listen(await HostAndPort.ResolveAsync(address));
        }
        catch (SocketException e)
        {
            throw new StartFailure($"cannot listen on {HostAndPort.TextOf(address)}: {e.Message} ({flag}): " +
                ListenAdvice.For(e.SocketErrorCode, address), e);
        }
    }

    // Where a connection really comes from is said before all else, TLS included.
    private Func<Connection, Task> Unwrapped(Func<Connection, Task> serve)
    {
        var acceptor = new ProxyAcceptor(_deadlines, _settings.TrustedProxies, _errors.Write);
        return client => acceptor.ServeAsync(client, serve);
    }
}
