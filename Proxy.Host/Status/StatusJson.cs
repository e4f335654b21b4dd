using System.Buffers;
using System.Text.Json;

namespace Proxy.Host.Status;

/// <summary>The status as JSON, for people and scripts: <c>/state.json</c>.</summary>
internal static class StatusJson
{
    /// <summary>The most characters of a name or URL that comes from Redis.</summary>
    public const int TextMax = 512;

    /// <summary>Returns the page.</summary>
    public static byte[] Render(ProxyStatus status)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("version", status.Version);
            json.WriteNumber("pid", status.ProcessId);
            json.WriteBoolean("ready", status.NotReadyReason is null);
            if (status.NotReadyReason is { } reason) json.WriteString("not_ready_because", reason);
            WriteConnections(json, status.Clients);
            WritePool(json, status.Pool);
            WriteRoutes(json, status.Routes);
            WriteBackends(json, status.DeadBackends);
            if (status.Redis.Count > 0) WriteRedis(json, status.Redis);
            if (status.Certificates is { } certificates) WriteCertificates(json, certificates);
            WriteLogs(json, status.Logs);
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, (byte)'\n'];
    }

    private static void WriteConnections(Utf8JsonWriter json, ClientStatus clients)
    {
        json.WriteStartObject("connections");
        json.WriteNumber("open", clients.Open);
        json.WriteNumber("in_handshake", clients.PendingHandshakes);
        json.WriteNumber("idle", clients.Idle);
        json.WriteNumber("in_flight", clients.InFlight);
        json.WriteNumber("tunnels", clients.Tunnels);
        json.WriteEndObject();
    }

    private static void WritePool(Utf8JsonWriter json, PoolStatus pool)
    {
        json.WriteStartObject("pools");
        json.WriteNumber("open", pool.Open);
        json.WriteNumber("idle", pool.Idle);
        json.WriteStartArray("idle_by_address");
        foreach (var (address, idle) in pool.IdleByAddress)
        {
            json.WriteStartObject();
            json.WriteString("address", Truncate(address));
            json.WriteNumber("idle", idle);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRoutes(Utf8JsonWriter json, RoutesStatus routes)
    {
        json.WriteStartObject("routes");
        json.WriteNumber("hosts", routes.Hosts);
        json.WriteNumber("hosts_unknown", routes.UnknownHosts);
        json.WriteNumber("invalid", routes.Invalid);
        json.WriteString("changes", routes.Changes);
        json.WriteNumber("staleness_seconds", routes.Staleness.TotalSeconds);
        json.WriteEndObject();
    }

    private static void WriteBackends(Utf8JsonWriter json, DeadBackendsStatus backends)
    {
        json.WriteStartObject("backends");
        json.WriteNumber("dead", backends.Count);
        json.WriteNumber("probed", backends.Probed);
        json.WriteStartArray("marked");
        foreach (var dead in backends.Listed)
        {
            json.WriteStartObject();
            json.WriteString("frontend", Truncate(dead.Frontend));
            json.WriteString("url", Truncate(dead.Url));
            json.WriteNumber("index", dead.Index);
            json.WriteString("origin", dead.Origin);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRedis(Utf8JsonWriter json, IReadOnlyList<RedisStatus> connections)
    {
        json.WriteStartArray("redis");
        foreach (var redis in connections)
        {
            json.WriteStartObject();
            json.WriteString("role", redis.Role);
            json.WriteString("server", redis.Server);
            json.WriteBoolean("up", redis.IsUp);
            json.WriteNumber("reconnects", redis.Reconnects);
            json.WriteNumber("commands", redis.Commands);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCertificates(
        Utf8JsonWriter json, IReadOnlyList<(string Name, DateTime Expiry)> certificates)
    {
        json.WriteStartArray("certificates_expiring_first");
        foreach (var (name, expiry) in certificates)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("not_after", expiry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLogs(Utf8JsonWriter json, LogStatus logs)
    {
        json.WriteStartObject("log_lines_dropped");
        json.WriteNumber("access", logs.AccessDropped);
        json.WriteNumber("error", logs.ErrorDropped);
        json.WriteEndObject();
    }

    private static string Truncate(string text) => text.Length <= TextMax ? text : text[..TextMax];
}
