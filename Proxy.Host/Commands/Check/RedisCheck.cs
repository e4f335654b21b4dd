using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Tls.OpenSsl;

namespace Proxy.Host.Commands.Check;

/// <summary>What was found out about a Redis, with what to do about it.</summary>
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
        var (severity, flags, advice) = Judged(found.Trouble, endpoint);
        return new Finding(severity, $"{endpoint.Role} redis {found.Text}")
        {
            Flags = [.. flags.Select(flag => $"{endpoint.Role}-redis-{flag}")],
            Advice = advice,
        };
    }

    private static (Severity Severity, string[] Flags, string Advice) Judged(RedisTrouble trouble, RedisEndpoint at)
    {
        var place = at.Sentinels.Count > 0 ? Sentinels : Address;
        return trouble switch
        {
            RedisTrouble.None => (Severity.Fine, [], ""),
            RedisTrouble.Files when OpenSslLibrary.Fault is not null =>
                (Severity.Problem, ["tls"], "install it, or use a Redis without TLS"),
            RedisTrouble.Files => (Severity.Problem, Tls, "correct the path or the file; both are PEM"),
            RedisTrouble.Sentinel => (Severity.Warning, Sentinels,
                "start it, or take it out of the list; ask it: redis-cli -p PORT sentinel masters"),
            RedisTrouble.NoMaster => (Severity.Problem, Sentinels,
                "see that one of them runs and knows that name: redis-cli -p PORT sentinel masters"),
            RedisTrouble.Unreachable => (Severity.Problem, [.. place, "tls"],
                "start a Redis there, or say where it is; one that closes the connection may want TLS, and one that " +
                "says nothing may not"),
            RedisTrouble.Handshake => (Severity.Problem, [.. place, .. Tls],
                "its certificate has to be for the host it is asked by, and from an authority of the system or of " +
                "the ca flag; a port without TLS answers like this too"),
            RedisTrouble.Login => (Severity.Problem, ["user", "password"],
                "correct user and password (redis-cli acl list shows the users)"),
            RedisTrouble.Database => (Severity.Problem, ["db"], "take another number, or allow it (databases)"),
            RedisTrouble.WrongMode => (Severity.Problem, place, "give the address of a Redis without cluster mode"),
            RedisTrouble.Busy => (Severity.Problem, place, "wait until it serves, then check again"),
            RedisTrouble.Command => (Severity.Problem, ["user"],
                "allow it; docs/operations.md has the ACL line of all that is needed"),
            RedisTrouble.Protection => (Severity.Warning, ["user"],
                "allow it, so that Redis closes a connection that reads too slowly instead of keeping all in memory"),
            RedisTrouble.ReadOnly => (Severity.Problem, place, "name the master: this one is a replica"),
            _ => (Severity.Warning, ["user"],
                "allow client|tracking, or use Redis 6 or later; until then a change takes effect later, see " +
                "--backend-cache"),
        };
    }
}
