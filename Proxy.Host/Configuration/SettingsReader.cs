using System.Buffers;
using System.Net;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Transport.Addresses;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Configuration;

/// <summary>
/// Turns flags into settings. The table of flags has already checked the spelling and range of single values; the
/// checks here need knowledge of a flag, or of several flags. All errors are reported at once.
/// </summary>
internal static class SettingsReader
{
    private static readonly TimeSpan DeadBackendTimeDefault = TimeSpan.FromSeconds(30);

    // Redis expires a set of marks by whole seconds, and probes come once a second.
    private static readonly TimeSpan DeadBackendTimeMin = TimeSpan.FromSeconds(1);

    // The limit of timers, 24.8 days. Longer waits are shortened to it.
    private static readonly TimeSpan WaitMax = TimeSpan.FromMilliseconds(int.MaxValue);

    // Headers that frame a message, or that every hop removes: an id in one of them would break requests.
    private static readonly string[] NoIdHeaders =
    [
        "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Connection", "Te", "Trailer",
        "Transfer-Encoding", "Upgrade",
    ];

    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Returns the settings, or null when there are errors.</summary>
    public static Settings? Read(Flags flags, FlagErrors errors)
    {
        var settings = new Settings
        {
            Listen = Listen(flags, errors),
            Tls = TlsSettingsReader.ReadClients(flags, errors),
            BackendTls = TlsSettingsReader.ReadBackends(flags),
            ReadRedis = RedisReader.Read("read", flags.ReadRedis, errors),
            WriteRedis = RedisReader.Read("write", flags.WriteRedis, errors),
            Timeouts = Timeouts(flags),
            AccessLog = AccessLog(flags.AccessLog, errors),
            AccessLogFormat = flags.AccessLogFormat == "json" ? AccessLogFormat.Json : AccessLogFormat.Line,
            TrustedProxies = TrustedProxies(flags.TrustedProxies, errors),
            TakesProxyProtocol = flags.ProxyProtocol == "on",
            RequestIdHeader = RequestIdHeader(flags.RequestIdHeader, errors),
            Routing = Routing(flags, errors),
            RoutesFile = flags.Routes,
            SnapshotFile = Snapshot(flags, errors),
            ActiveHealthcheck = flags.ActiveHealthcheck == true,
            IsHipache = flags.Hipache == true,
            Retries = flags.Retries,
            DrainDelay = Wait(flags.DrainDelay),
            DrainTimeout = Wait(flags.DrainTimeout),
            ConnectionsMax = flags.MaxConnections,
            ConnectionsPerAddressMax = flags.MaxConnectionsPerAddress,
            Threads = flags.Threads == 0 ? Environment.ProcessorCount : flags.Threads,
            MetricsAddress = MetricsAddress(flags.MetricsAddress, errors),
            MetricsHosts = flags.MetricsHosts,
            Engine = flags.Engine == "sockets" ? Engine.Sockets : Engine.Native,
        };
        return errors.Any ? null : settings with
        {
            ReadRedis = WithUses(settings.ReadRedis, settings),
            WriteRedis = WithUses(settings.WriteRedis, settings),
        };
    }

    private static RedisEndpoint WithUses(RedisEndpoint redis, Settings settings) => redis with
    {
        HasCertificates = settings.Tls is { Folder: null },
        HasMonitor = settings.ActiveHealthcheck,
    };

    private static EndPoint? Listen(Flags flags, FlagErrors errors)
    {
        var typed = flags.Listen;
        const string Allowed = "HOST:PORT, :PORT or [IPV6]:PORT with a port from 0 to 65535";
        if (typed == "disabled" && flags.TlsListen.Length > 0)
            return null;
        if (typed == "disabled")
            errors.Invalid("listen", typed, $"{Allowed}, as there is nothing else to listen on (no --tls-listen)");
        else if (HostAndPort.TryListenOn(typed, out var endpoint))
            return endpoint;
        else
            errors.Invalid("listen", typed, Allowed + HostAndPort.Suggestion(typed));
        return null;
    }

    private static EndPoint? MetricsAddress(string typed, FlagErrors errors)
    {
        if (typed.Length == 0) return null;
        if (HostAndPort.TryListenOn(typed, out var endpoint)) return endpoint;
        errors.Invalid("metrics-address", typed,
            "HOST:PORT, :PORT or [IPV6]:PORT with a port from 0 to 65535" + HostAndPort.Suggestion(typed));
        return null;
    }

    private static Timeouts Timeouts(Flags flags) => new(
        Dial: Wait(flags.DialTimeout),
        Request: Wait(flags.RequestTimeout),
        ClientRead: Wait(flags.ClientReadTimeout),
        ClientReadHeader: WaitOfItsOwn(flags.ClientReadHeaderTimeout),
        ClientWrite: Wait(flags.ClientWriteTimeout),
        ClientIdle: WaitOfItsOwn(flags.ClientIdleTimeout),
        TunnelIdle: Wait(flags.TunnelIdleTimeout));

    private static TimeSpan Wait(GoDuration typed) => Bounded(typed.Value);

    // As in Go, zero falls back to another limit, and less than zero does not: it becomes the longest wait.
    private static TimeSpan WaitOfItsOwn(GoDuration typed) =>
        typed.Value < TimeSpan.Zero ? WaitMax : Bounded(typed.Value);

    // Zero and less is no limit, as in Go.
    private static TimeSpan Bounded(TimeSpan wait) =>
        wait < TimeSpan.Zero ? TimeSpan.Zero : wait > WaitMax ? WaitMax : wait;

    private static string AccessLog(string typed, FlagErrors errors)
    {
        if (typed == "syslog:") errors.Invalid("access-log", typed, "\"syslog\" or \"syslog:PATH\"");
        return typed.Length == 0 ? "none" : typed;
    }

    private static AddressRanges? TrustedProxies(string typed, FlagErrors errors)
    {
        if (typed.Length == 0) return null;
        var ranges = AddressRanges.Parse(typed, out var fault);
        if (ranges is null)
        {
            errors.Invalid("trusted-proxies", fault,
                "addresses and CIDRs without bits behind the prefix, such as 10.0.0.0/8,192.0.2.1,2001:db8::/32");
        }

        return ranges;
    }

    private static string RequestIdHeader(string typed, FlagErrors errors)
    {
        var canonical = Canonical(typed);
        if (typed.AsSpan().ContainsAnyExcept(TokenCharacters))
            errors.Invalid("request-id-header", typed, "a header's name: letters, digits and !#$%&'*+-.^_`|~");
        else if (NoIdHeaders.Contains(canonical))
            errors.Invalid("request-id-header", typed, "a header that does not frame or carry the message itself");
        return canonical;
    }

    // As textproto.CanonicalMIMEHeaderKey of Go: a capital first and after each hyphen, small letters elsewhere.
    private static string Canonical(string name) => string.Create(name.Length, name, (canonical, typed) =>
    {
        for (var at = 0; at < canonical.Length; at++)
        {
            var first = at == 0 || typed[at - 1] == '-';
            canonical[at] = first ? char.ToUpperInvariant(typed[at]) : char.ToLowerInvariant(typed[at]);
        }
    });

    private static RoutingSettings Routing(Flags flags, FlagErrors errors) => new()
    {
        DeadBackendTime = DeadBackendTime(flags.DeadBackendTime, errors),
        StaleRoutes = StaleRoutes(flags.StaleRoutes, errors),
        RoutesMax = flags.RoutesCacheSize,
        CachesUntracked = flags.BackendCache == true,
        MarksLoneBackend = flags.Hipache != true,
    };

    // Null is forever.
    private static TimeSpan? StaleRoutes(string typed, FlagErrors errors)
    {
        if (typed == "forever") return null;
        if (GoDuration.TryParse(GoDuration.WithUnit(typed, "s"), out var wait) && wait >= TimeSpan.Zero)
            return Bounded(wait);
        var nearest = Suggestions.Nearest(typed, ["forever"]) ?? GoDuration.Nearest(typed);
        errors.Invalid("stale-routes", typed,
            $"\"forever\", or a time such as 30s, 10m or 1h (units: {GoDuration.Units}; a number alone is seconds), " +
            "0 or more" + (nearest is null ? "" : $" (did you mean {nearest}?)"));
        return null;
    }

    private static string Snapshot(Flags flags, FlagErrors errors)
    {
        if (flags.Snapshot.Length > 0 && flags.Routes.Length > 0)
            errors.Invalid("snapshot", flags.Snapshot, "empty with --routes, which is a file already");
        return flags.Snapshot;
    }

    private static TimeSpan DeadBackendTime(GoDuration typed, FlagErrors errors)
    {
        if (typed.Value == TimeSpan.Zero) return DeadBackendTimeDefault;
        if (typed.Value < DeadBackendTimeMin)
            errors.Invalid("dead-backend-time", typed.ToString(), "1s or more, or 0, which means 30s");
        return typed.Value;
    }
}
