using System.Buffers;
using System.Text.Json;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing.Health;
using Proxy.Host.Status.Metrics;

namespace Proxy.Host.Status;

/// <summary>What the proxy knows and does at this moment, for people and scripts: <c>/state.json</c>.</summary>
internal sealed class StatePage(Parts parts)
{
    /// <summary>Entries of each list; the number of all stands beside it.</summary>
    public const int ListedMax = 1000;

    /// <summary>Characters of a name or URL that comes from Redis.</summary>
    public const int TextMax = 512;

    /// <summary>The page; <paramref name="reason"/> tells why the proxy is not ready, null when it is.</summary>
    public byte[] Make(string? reason)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("version", BuildMetrics.Version);
            json.WriteNumber("pid", Environment.ProcessId);
            json.WriteBoolean("ready", reason is null);
            if (reason is not null) json.WriteString("not_ready_because", reason);
            WriteConnections(json);
            WritePools(json);
            WriteRoutes(json);
            if (parts.Routing.Redis is { } redis) WriteRedis(json, redis);
            if (parts.Tls is { } tls) WriteCertificates(json, tls);
            WriteLogs(json);
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, (byte)'\n'];
    }

    private void WriteConnections(Utf8JsonWriter json)
    {
        var meter = parts.Context.Meter;
        var (open, inFlight, tunnels) = (parts.OpenConnections, meter.InFlight, meter.OpenTunnels);
        json.WriteStartObject("connections");
        json.WriteNumber("open", open);
        json.WriteNumber("in_handshake", parts.Tls?.PendingHandshakeCount ?? 0);
        json.WriteNumber("idle", Math.Max(0, open - (parts.Tls?.PendingHandshakeCount ?? 0) - inFlight - tunnels));
        json.WriteNumber("in_flight", inFlight);
        json.WriteNumber("tunnels", tunnels);
        json.WriteEndObject();
    }

    private void WritePools(Utf8JsonWriter json)
    {
        var pool = parts.Context.Pool;
        json.WriteStartObject("pools");
        json.WriteNumber("open", pool.OpenCount);
        json.WriteNumber("idle", pool.IdleCount);
        json.WriteStartArray("idle_by_address");
        foreach (var (address, idle) in pool.IdleByAddress(ListedMax))
        {
            json.WriteStartObject();
            json.WriteString("address", Cut(address.ToString()));
            json.WriteNumber("idle", idle);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteRoutes(Utf8JsonWriter json)
    {
        var router = parts.Routing.Router;
        var census = router.TakeCensus(ListedMax);
        json.WriteStartObject("routes");
        json.WriteNumber("hosts", router.Routes);
        json.WriteNumber("hosts_unknown", router.UnknownHosts);
        json.WriteNumber("bad", census.Invalid);
        json.WriteString("changes", router.IsUntracked ? "polled" : router.IsStale ? "lost" : "pushed");
        json.WriteNumber("staleness_seconds", router.Staleness.TotalSeconds);
        json.WriteEndObject();

        json.WriteStartObject("backends");
        json.WriteNumber("dead", census.Dead);
        json.WriteNumber("watched", parts.Routing.Monitor?.Watches ?? 0);
        json.WriteStartArray("marked");
        foreach (var dead in census.Listed) WriteDead(json, dead);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteDead(Utf8JsonWriter json, DeadBackend dead)
    {
        json.WriteStartObject();
        json.WriteString("frontend", Cut(dead.Frontend));
        json.WriteString("url", Cut(dead.Url));
        json.WriteNumber("index", dead.Index);
        json.WriteString("origin", dead.Origin switch
        {
            DeadMarkOrigin.ThisNode => "router",
            DeadMarkOrigin.OtherNode => "other node",
            _ when parts.Routing.Monitor is { } monitor && monitor.IsWatching(dead.Frontend, dead.Url) => "probe",
            _ => "redis",
        });
        json.WriteEndObject();
    }

    private static void WriteRedis(Utf8JsonWriter json, RedisConnections both)
    {
        json.WriteStartArray("redis");
        foreach (var (role, redis) in ((string, RedisConnection)[])[("read", both.Read), ("write", both.Write)])
        {
            json.WriteStartObject();
            json.WriteString("role", role);
            json.WriteString("server", redis.ServerText);
            json.WriteBoolean("up", redis.IsUp);
            json.WriteNumber("reconnects", redis.Reconnects);
            json.WriteNumber("commands", redis.Commands.Reading.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCertificates(Utf8JsonWriter json, TlsMetrics tls)
    {
        json.WriteStartArray("certificates_ending_first");
        foreach (var (name, expiry) in tls.FirstToExpire)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("not_after", expiry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteLogs(Utf8JsonWriter json)
    {
        json.WriteStartObject("log_lines_dropped");
        json.WriteNumber("access", parts.Context.AccessLog.Dropped);
        json.WriteNumber("error", parts.Context.ErrorLog.Dropped);
        json.WriteEndObject();
    }

    private static string Cut(string text) => text.Length <= TextMax ? text : text[..TextMax];
}
