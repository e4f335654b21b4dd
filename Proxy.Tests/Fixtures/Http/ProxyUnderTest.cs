using System.Net;
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
using Proxy.Core.Transport.Addresses;
using Proxy.Core.Transport.Admission;
using Proxy.Core.Transport.Epoll;
using Proxy.Core.Transport.ProxyProtocol;
using Proxy.Core.Transport.Sockets;
using Proxy.Http;
using Proxy.Http.Backends;
using Proxy.Http.Telemetry;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Http1;
using Proxy.Tests.Fixtures.Dns;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>A whole proxy on a free port, with routes that the test sets, and logs that it can read.</summary>
internal sealed class ProxyUnderTest : IAsyncDisposable
{
    private const int LoopCount = 2;
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogWait = TimeSpan.FromSeconds(5);
    private readonly LogLines _accesses = new();
    private readonly LogLines _errors = new();
    private readonly AccessLog _accessLog;
    private readonly ErrorLog _errorLog;
    private readonly Deadlines _deadlines = new(TimeProvider.System);
    private readonly ITransport _transport;
    private readonly Router _router;
    private readonly ConnectionGate? _gate;
    private readonly IListener _listener;
    private readonly Http1Server _server;
    private readonly List<IListener> _moreListeners = [];
    private readonly AddressRanges? _trusted;

    public ProxyUnderTest(Engine engine, Timeouts? timeouts = null, string requestIdHeader = "", int retries = 2,
        bool isHipache = false, bool isTracked = false, BackendTls? backendTls = null,
        AccessLogFormat accessFormat = AccessLogFormat.Line, string? trustedProxies = null,
        ConnectionBounds? bounds = null, TimeSpan? lingerTime = null, NameResolver? names = null)
    {
        _trusted = trustedProxies is null ? null : AddressRanges.Parse(trustedProxies, out _);
        timeouts ??= NoTimeouts with { Dial = TimeSpan.FromSeconds(10), Request = TimeSpan.FromSeconds(30) };
        _errorLog = new ErrorLog(_errors, TimeProvider.System);
        _accessLog = AccessLog.Open(new("stdout", accessFormat), _accesses, _errorLog, TimeProvider.System);
        _transport = engine == Engine.Sockets
            ? new SocketTransport(_deadlines, _errorLog.Write)
            : new EpollTransport(LoopCount, _deadlines, _errorLog.Write);
        var changes = new ChangeTracker(new Clock());
        if (isTracked) changes.Connect();
        else changes.UsePolling();
        _router = new Router(Routes, new RoutingSettings { MarksLoneBackend = !isHipache }, changes, _errorLog.Write);
        var trust = new BackendTrust(backendTls ?? new BackendTls(null, IsInsecure: false), isPresetInForce: false);
        var encryption = new BackendEncryption(trust, _deadlines);
        var dialer = new Dialer(
            _transport, names ?? SystemNames.Resolver, timeouts.Dial, encryption.EncryptAsync);
        var backends = new Http1Backends(requestIdHeader, isHipache);
        Pool = new BackendPool(dialer, _deadlines, TimeProvider.System, backends, SweepPeriod);
        Context = new ProxyContext(
            _router, Pool, _deadlines, timeouts, _accessLog, _errorLog, requestIdHeader, retries, isHipache)
        {
            Meter = Meter = new ExchangeMeter(Pool.LoopCount),
            TrustedProxies = _trusted,
            IsOwnTimeRead = true,
            LingerTime = lingerTime ?? LingerTime,
        };
        _server = new Http1Server(Context);
        if (bounds is not null) _gate = new ConnectionGate(bounds, _errorLog.Write, TimeProvider.System);
        _listener = _transport.Listen(new IPEndPoint(IPAddress.Loopback, 0), _server.ServeAsync, _gate);
    }

    public static Timeouts NoTimeouts { get; } = new(default, default, default, default, default, default, default);

    public FixedRoutes Routes { get; } = new();

    public ProxyContext Context { get; }

    public BackendPool Pool { get; }

    public ExchangeMeter Meter { get; }

    public ITransport Transport => _transport;

    public LogLines Accesses => _accesses;

    public LogLines Errors => _errors;

    public int Port => ((IPEndPoint)_listener.LocalEndPoint).Port;

    public Task<Peer> ConnectAsync() => Peer.ConnectAsync(Port);

    /// <summary>Listens on a second port.</summary>
    public int ListenAgain() => Listen(_server.ServeAsync);

    /// <summary>Also listens for connections that begin with a PROXY header; the port.</summary>
    public int ListenProxied(TimeSpan? headerTime = null, CertificateCache? certificates = null)
    {
        var serve = certificates is null ? _server.ServeAsync : Decrypted(certificates, null);
        var acceptor = new ProxyAcceptor(_deadlines, _trusted, _errorLog.Write)
        {
            HeaderTime = headerTime ?? ProxyAcceptor.HeaderTimeMax,
        };
        return Listen(client => acceptor.ServeAsync(client, serve));
    }

    /// <summary>Also listens for TLS; the port.</summary>
    public int ListenTls(CertificateCache certificates, TimeSpan? handshakeTime = null) =>
        Listen(Decrypted(certificates, handshakeTime));

    private Func<Connection, Task> Decrypted(CertificateCache certificates, TimeSpan? handshakeTime)
    {
        var acceptor = new TlsAcceptor(certificates, _deadlines, _transport.LoopCount, _errorLog.Write)
        {
            ToPlainClients = PlainOnTls.Answer,
            HandshakeTime = handshakeTime ?? TlsAcceptor.HandshakeTimeMax,
        };
        return client => acceptor.ServeAsync(client, _server.ServeAsync);
    }

    private int Listen(Func<Connection, Task> serve)
    {
        var listener = _transport.Listen(new IPEndPoint(IPAddress.Loopback, 0), serve, _gate);
        _moreListeners.Add(listener);
        return ((IPEndPoint)listener.LocalEndPoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        foreach (var listener in _moreListeners) await listener.DisposeAsync();
        await Context.Connections.DrainAsync(TimeSpan.Zero, CancellationToken.None);
        Pool.Dispose();
        await _router.DisposeAsync();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
        _accessLog.Stop(LogWait);
        _errorLog.Stop(LogWait);
    }
}
