using Proxy.Core.Dns;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.Handshake;
using Proxy.Core.Transport;
using Proxy.Host.Wiring;
using Proxy.Http;

namespace Proxy.Host.Status;

/// <summary>The parts of the running proxy, from which its status, its metrics and its profiles are taken.</summary>
internal sealed class StatusSource
{
    /// <summary>Has the event loops.</summary>
    public required ITransport Transport { get; init; }

    /// <summary>Has the connections of clients, the pool, the counters and the logs.</summary>
    public required ProxyContext Context { get; init; }

    public required RoutingServices Routing { get; init; }

    public required NameResolver Names { get; init; }

    /// <summary>Shakes hands with clients; null without TLS.</summary>
    public TlsAcceptor? TlsAcceptor { get; init; }

    /// <summary>The certificates for clients; null without TLS.</summary>
    public CertificateCache? Certificates { get; init; }

    /// <summary>Open connections of clients, those in their TLS handshake included.</summary>
    public long OpenConnections => Context.Connections.Count + (TlsAcceptor?.PendingHandshakeCount ?? 0);

    /// <summary>
    /// Takes the status. No event loop waits for it. Looks through all routes and connections, so callers take turns.
    /// </summary>
    /// <param name="notReadyReason">Why the proxy is not ready, where the caller has checked.</param>
    public ProxyStatus Take(string? notReadyReason = null)
    {
        var router = Routing.Router;
        var summary = router.Summarize(ProxyStatus.ListedMax);
        return new ProxyStatus
        {
            NotReadyReason = notReadyReason,
            Clients = TakeClients(),
            Pool = TakePool(),
            Routes = new RoutesStatus(
                router.Routes, router.UnknownHosts, summary.Invalid, ChangesOf(router), router.Staleness),
            DeadBackends = new DeadBackendsStatus(
                summary.Dead, Routing.Monitor?.Watches ?? 0, [.. summary.Listed.Select(StatusOf)]),
            Redis = Routing.Redis is { } redis ? [StatusOf("read", redis.Read), StatusOf("write", redis.Write)] : [],
            Certificates = Certificates?.FirstToExpire(ProxyStatus.CertificatesMax),
            Logs = new LogStatus(Context.AccessLog.Dropped, Context.ErrorLog.Dropped),
            Loops = [.. Transport.GetLoopStatus()],
            Threads = new ThreadStatus(),
        };
    }

    private ClientStatus TakeClients()
    {
        var (now, max) = (Context.Deadlines.Now, ProxyStatus.ListedMax);
        return new ClientStatus
        {
            Established = Context.Connections.Count,
            InFlight = Context.Meter.InFlight,
            Tunnels = Context.Meter.OpenTunnels,
            Oldest = Context.Connections.GetOldest(max),
            PendingHandshakes = TlsAcceptor?.PendingHandshakeCount ?? 0,
            Handshakes = TlsAcceptor is null ? null :
            [
                .. from handshake in TlsAcceptor.PendingHandshakes.Take(max)
                   orderby handshake.Value
                   let client = handshake.Key
                   select new HandshakeStatus(now - handshake.Value, client.RemoteEndPoint, client.LoopIndex),
            ],
        };
    }

    private PoolStatus TakePool()
    {
        var byAddress =
            from backend in Context.Pool.IdleByAddress(ProxyStatus.ListedMax)
            orderby backend.Idle descending
            select (backend.Address.ToString(), backend.Idle);
        return new PoolStatus(Context.Pool.OpenCount, Context.Pool.IdleCount, [.. byAddress]);
    }

    private static string ChangesOf(Router router) =>
        router.IsUntracked ? "polled" : router.IsStale ? "lost" : "pushed";

    private DeadBackendStatus StatusOf(DeadBackend dead) => new(dead.Frontend, dead.Url, dead.Index, dead.Origin switch
    {
        DeadMarkOrigin.ThisNode => "router",
        DeadMarkOrigin.OtherNode => "other node",
        _ when Routing.Monitor is { } monitor && monitor.IsWatching(dead.Frontend, dead.Url) => "probe",
        _ => "redis",
    });

    private static RedisStatus StatusOf(string role, RedisConnection redis) =>
        new(role, redis.ServerText, redis.IsUp, redis.Reconnects, redis.Commands.Reading.Count);
}
