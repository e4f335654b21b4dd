using Proxy.Core.Redis.Connections;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Host.Status.Metrics;

/// <summary>The two connections to Redis, as metrics.</summary>
internal sealed class RedisMetrics(RedisConnections redis) : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        (string Role, RedisConnection Redis)[] both = [("read", redis.Read), ("write", redis.Write)];
        text.Family(MetricKind.Gauge, "planb_redis_up", "Whether Redis is connected.");
        foreach (var (role, connection) in both) text.Sample(connection.IsUp ? 1L : 0, ("role", role));
        text.Family(MetricKind.Counter, "planb_redis_reconnects_total", "How often Redis was connected again.");
        foreach (var (role, connection) in both) text.Sample(connection.Reconnects, ("role", role));
        text.Family(MetricKind.Histogram, "planb_redis_command_seconds",
            "How long Redis commands took, failed ones included.");
        foreach (var (role, connection) in both) text.Sample(connection.Commands.Reading, ("role", role));
    }
}
