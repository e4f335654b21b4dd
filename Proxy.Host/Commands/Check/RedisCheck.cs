using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Tls.OpenSsl;

namespace Proxy.Host.Commands.Check;

/// <summary>Checks of a Redis: the findings of the connection with flags and advice.</summary>
internal static class RedisCheck
{
    private static readonly string[] Address = ["network", "host", "port"];
    private static readonly string[] Sentinels =
        ["sentinel-addrs", "sentinel-name", "sentinel-user", "sentinel-password"];

    private static readonly string[] Tls = ["tls", "ca", "cert", "key", "insecure"];

    public static async Task<IEnumerable<Finding>> RunAsync(RedisEndpoint endpoint, NameResolver names) =>
        from found in await RedisConnectionCheck.RunAsync(endpoint, names)
        select Explained(found, endpoint);

    private static Finding Explained(RedisFinding found, RedisEndpoint endpoint)
    {
        var (severity, flags, advice) = Judged(found.Problem, endpoint);
        return new Finding(severity, $"{endpoint.Role} redis {found.Text}")
        {
            Flags = [.. flags.Select(flag => $"{endpoint.Role}-redis-{flag}")],
            Advice = advice,
        };
    }

    private static (Severity Severity, string[] Flags, string Advice) Judged(RedisProblem problem, RedisEndpoint at)
    {
        var place = at.Sentinels.Count > 0 ? Sentinels : Address;
        return problem switch
        {
            RedisProblem.None => (Severity.Fine, [], ""),
            RedisProblem.Files when OpenSslLibrary.Fault is not null =>
                (Severity.Problem, ["tls"], "install it, or use a Redis without TLS"),
            RedisProblem.Files => (Severity.Problem, Tls, "correct the path or the file; both are PEM"),
            RedisProblem.Sentinel => (Severity.Warning, Sentinels,
                "start it, or remove it from the list; redis-cli -p PORT sentinel masters shows its masters"),
            RedisProblem.NoMaster => (Severity.Problem, Sentinels,
                "make sure that a Sentinel runs and monitors that name: redis-cli -p PORT sentinel masters"),
            RedisProblem.Unreachable => (Severity.Problem, [.. place, "tls"],
                "start a Redis there, or correct the address; a port that closes the connection may require TLS, one " +
                "that sends nothing may not support it"),
            RedisProblem.Handshake => (Severity.Problem, [.. place, .. Tls],
                "the certificate must match the configured host, and be issued by a CA of the system or of the ca " +
                "flag; a port without TLS fails in the same way"),
            RedisProblem.Login => (Severity.Problem, ["user", "password"],
                "correct user and password (redis-cli acl list shows the users)"),
            RedisProblem.Database => (Severity.Problem, ["db"], "use another number, or raise databases in redis.conf"),
            RedisProblem.WrongMode => (Severity.Problem, place, "use a Redis without cluster mode"),
            RedisProblem.Busy => (Severity.Problem, place, "wait until Redis has loaded its data, then check again"),
            RedisProblem.Command => (Severity.Problem, ["user"],
                "grant it; docs/operations.md has the ACL rule for all commands"),
            RedisProblem.Protection => (Severity.Warning, ["user"],
                "grant it, so that Redis closes a connection that reads too slowly instead of buffering without limit"),
            RedisProblem.ReadOnly => (Severity.Problem, place, "use the master: this server is a replica"),
            _ => (Severity.Warning, ["user"],
                "grant client|tracking, or use Redis 6 or later; until then changes take effect later, see " +
                "--backend-cache"),
        };
    }
}
