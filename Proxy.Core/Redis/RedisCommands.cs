using Proxy.Core.Redis.Connections;

namespace Proxy.Core.Redis;

/// <summary>
/// Every command that the proxy gives a Redis, with a key or channel of its kind: what
/// <see cref="RedisConnectionCheck"/> tries and what the ACL line of docs/operations.md has to allow.
/// </summary>
internal static class RedisCommands
{
    private const string List = "frontend:planb.check";
    private const string DeadSet = "dead:planb.check";

    /// <summary>What the client library and every plain connection begin with.</summary>
    public static readonly string[][] Shared =
        [["ECHO", "planb"], ["INFO", "replication"], ["CLIENT", "SETNAME", "planb-check"]];

    /// <summary>How routes are read.</summary>
    public static readonly string[][] Reads =
        [["LRANGE", List, "0", "-1"], ["SMEMBERS", DeadSet], ["PTTL", DeadSet], ["DBSIZE"]];

    /// <summary>How a certificate is read.</summary>
    public static readonly string[] Certificate = ["HMGET", "tls:planb.check", "certificate", "key"];

    /// <summary>How the health monitor reads what to ask.</summary>
    public static readonly string[] HealthCheck = ["HMGET", "healthcheck:planb.check", "path", "body", "status"];

    /// <summary>Has Redis close a feed that reads too slowly, instead of keeping all of it in memory.</summary>
    public static readonly string[] FeedChannel = ["SUBSCRIBE", "__planb__:feed"];

    /// <summary>How dead marks are made and ended, within a transaction.</summary>
    public static readonly string[][] Writes =
    [
        ["LRANGE", List, "0", "-1"], ["SADD", DeadSet, "0"], ["EXPIRE", DeadSet, "1"], ["PUBLISH", "dead", ""],
        ["EXISTS", DeadSet], ["SREM", DeadSet, "0"],
    ];

    /// <summary>What the health monitor does besides, within a transaction.</summary>
    public static readonly string[][] Monitors =
    [
        ["SET", DeadSet, "planb", "EX", "1", "NX"], ["GET", DeadSet], ["DEL", DeadSet], ["PEXPIRE", DeadSet, "1"],
        HealthCheck,
    ];
}
