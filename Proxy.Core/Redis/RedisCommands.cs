using Proxy.Core.Redis.Connections;

namespace Proxy.Core.Redis;

/// <summary>
/// Every command that the proxy sends to Redis, with an example of its key or channel:
/// <see cref="RedisConnectionCheck"/> tries them, and the ACL line of docs/operations.md has to allow them.
/// </summary>
internal static class RedisCommands
{
    private const string List = "frontend:planb.check";
    private const string DeadSet = "dead:planb.check";

    /// <summary>The first commands of the client library and of every plain connection.</summary>
    public static readonly string[][] Shared =
        [["ECHO", "planb"], ["INFO", "replication"], ["CLIENT", "SETNAME", "planb-check"]];

    /// <summary>The commands that read routes.</summary>
    public static readonly string[][] Reads =
        [["LRANGE", List, "0", "-1"], ["SMEMBERS", DeadSet], ["PTTL", DeadSet], ["DBSIZE"]];

    /// <summary>The command that reads a certificate.</summary>
    public static readonly string[] Certificate = ["HMGET", "tls:planb.check", "certificate", "key"];

    /// <summary>The command by which the health monitor reads what to check.</summary>
    public static readonly string[] HealthCheck = ["HMGET", "healthcheck:planb.check", "path", "body", "status"];

    /// <summary>Makes Redis close a feed that reads too slowly, instead of buffering all of it.</summary>
    public static readonly string[] FeedChannel = ["SUBSCRIBE", "__planb__:feed"];

    /// <summary>The commands that set and remove dead marks, within a transaction.</summary>
    public static readonly string[][] Writes =
    [
        ["LRANGE", List, "0", "-1"], ["SADD", DeadSet, "0"], ["EXPIRE", DeadSet, "1"], ["PUBLISH", "dead", ""],
        ["EXISTS", DeadSet], ["SREM", DeadSet, "0"],
    ];

    /// <summary>The further commands of the health monitor, within a transaction.</summary>
    public static readonly string[][] Monitors =
    [
        ["SET", DeadSet, "planb", "EX", "1", "NX"], ["GET", DeadSet], ["DEL", DeadSet], ["PEXPIRE", DeadSet, "1"],
        HealthCheck,
    ];
}
