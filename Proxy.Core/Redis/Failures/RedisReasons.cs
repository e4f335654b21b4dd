using System.Net.Sockets;
using System.Security.Authentication;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using StackExchange.Redis;

namespace Proxy.Core.Redis.Failures;

/// <summary>
/// Explains why a Redis rejects a command or cannot be reached, and what to do. The error code of Redis comes first,
/// because that is what operators search for; the client library's own texts are never shown.
/// </summary>
/// <param name="endpoint">The configured Redis, for the names of its flags and of the ACL user.</param>
internal sealed class RedisReasons(RedisEndpoint endpoint)
{
    /// <summary>The text for a node of a Redis cluster, at start, in <c>planb check</c> and at run time.</summary>
    public const string Cluster =
        "it is a node of a Redis cluster, which PlanB does not support: use a Redis with cluster-enabled no";

    /// <summary>The text for a Sentinel that is configured as a Redis.</summary>
    public string Sentinel =>
        $"it is a Sentinel, not a Redis: give its address with --{Role}-redis-sentinel-addrs";

    private string Role => endpoint.Role;

    private string User => endpoint.Login.User.Length > 0 ? endpoint.Login.User : "default";

    /// <summary>Returns whether an error lasts until an operator acts; false if it may pass without that.</summary>
    public static bool IsRefusal(string error) =>
        CodeOf(error) is not ("LOADING" or "MASTERDOWN" or "BUSY" or "TRYAGAIN" or "NOREPLICAS" or "MISCONF")
        && !error.Contains("max number of clients", StringComparison.Ordinal);

    /// <summary>
    /// Returns whether a failed command means that the server takes no writes, because it is a replica.
    /// </summary>
    public static bool IsReadOnly(Exception e) =>
        e.Message.Contains("READONLY", StringComparison.Ordinal)
        || e.Message.Contains("not eligible for replica", StringComparison.Ordinal);

    /// <summary>Returns whether an error comes from a server in cluster mode.</summary>
    public static bool IsCluster(string error) =>
        CodeOf(error) is "MOVED" or "ASK" or "CLUSTERDOWN" or "CROSSSLOT"
        || error.Contains("cluster mode", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns why a login was rejected, with the flags to correct; null for any other error.</summary>
    public string? OfLogin(string error)
    {
        // HELLO answers a client without a password with a long text of its own.
        var text = CodeOf(error) is "NOAUTH" ? "NOAUTH Authentication required."
            : CodeOf(error) is "WRONGPASS" ? error
            : null;
        return text is null ? null : $"{text} (--{Role}-redis-user, --{Role}-redis-password)";
    }

    /// <summary>Returns what an error reply of Redis means, and what to do.</summary>
    /// <param name="error">The reply.</param>
    /// <param name="command">The command that was refused, if it is known.</param>
    public string Of(string error, string[]? command = null)
    {
        if (OfLogin(error) is { } login) return login;
        if (error.StartsWith("EXECABORT", StringComparison.Ordinal))
        {
            const string Label = "because of: ";
            var at = error.IndexOf(Label, StringComparison.Ordinal);
            return at < 0 ? "it rejected a command of the transaction" : Of(error[(at + Label.Length)..], command);
        }

        if (IsCluster(error)) return $"{CodeOf(error)}: {Cluster}";
        var words = CodeOf(error) switch
        {
            "READONLY" => $"it is a replica, which takes no writes; set the primary by --{Role}-redis-host, or by " +
                $"its Sentinels (--{Role}-redis-sentinel-addrs)",
            "OOM" => "its memory is full; raise its maxmemory, or let it evict (maxmemory-policy)",
            "NOPERM" => OfRights(error, command),
            "MISCONF" => "it cannot save to disk and rejects writes until it can; see its log, and free disk space",
            "NOREPLICAS" => "too few of its replicas are connected (min-replicas-to-write)",
            "LOADING" => "it is loading its data; wait until it has",
            "MASTERDOWN" => "it is a replica without its primary and does not answer (replica-serve-stale-data no)",
            "BUSY" => "a script has been running for too long; end it with SCRIPT KILL",
            "WRONGTYPE" => "a key has the wrong type; delete it, and write it as docs/operations.md shows",
            _ => null,
        };
        return words is null ? OfOther(error) : $"{CodeOf(error)}: {words}";
    }

    /// <summary>Returns why a command of the client library failed.</summary>
    public string Of(Exception problem)
    {
        for (var e = problem; e is not null; e = e.InnerException)
        {
            if (e is RoutesUnavailableException) return e.Message;
            if (e is NameUnresolvedException) return $"not connected, {e.Message}";
            if (e is RedisServerException) return Of(e.Message);
            if (IsReadOnly(e)) return Of("READONLY");
            if (ReplyIn(e.Message) is { } reply) return $"not connected, {Of(reply)}";
            if (e is AuthenticationException) return $"not connected, {Tls.RootCause.MessageOf(e)}";
            if (e is SocketException) return $"not connected, {e.Message}";
        }

        return problem switch
        {
            RedisConnectionException connection => $"not connected{OfConnection(connection)}",
            TimeoutException or OperationCanceledException => "no answer in time",
            ObjectDisposedException => "not connected, its connection was closed",
            RedisException or RedisCommandException => "the command could not be sent",
            _ => $"the client library failed ({problem.GetType().Name})",
        };
    }

    // "NOPERM this user has no permissions to run the 'client|tracking' command" (Redis 6 and 7), "User planb has no
    // permissions to ..." (7.2); for keys and channels the text does not contain the name.
    private string OfRights(string error, string[]? command)
    {
        if (error.Split('\'') is [_, var name, _]) return Missing($"may not run {name}", "+" + name);
        var used = command is { Length: > 1 } ? command[1] : null;
        if (error.Contains("channel", StringComparison.Ordinal))
            return Missing($"may not use the channel {used ?? "dead"}", $"&{used ?? "dead"}");
        var prefix = used?.Split(':')[0];
        return prefix is null
            ? Missing("may not use one of the keys", "~frontend:* ~dead:* ~tls:* ~healthcheck:*")
            : Missing($"may not use keys {prefix}:*", $"~{prefix}:*");
    }

    private string Missing(string what, string rule) =>
        $"the user {User} {what}; allow it: ACL SETUSER {User} {rule}";

    private static string OfOther(string error) =>
        error.Contains("unknown command", StringComparison.Ordinal)
            ? $"it does not know a command that PlanB needs: {error}"
            : error;

    // The library puts the server's last error reply after its own text.
    private static string? ReplyIn(string message)
    {
        const string Label = "SimpleError: ";
        var start = message.IndexOf(Label, StringComparison.Ordinal);
        if (start < 0) return null;
        var end = message.IndexOf(", v: ", start, StringComparison.Ordinal);
        return message[(start + Label.Length)..(end < 0 ? message.Length : end)];
    }

    private static string OfConnection(RedisConnectionException e)
    {
        var cause = e.InnerException as RedisConnectionException ?? e;
        var words = cause.FailureType switch
        {
            ConnectionFailureType.AuthenticationFailure => "it rejects the user or password",
            ConnectionFailureType.Loading => "it is loading its data",
            ConnectionFailureType.SocketClosed or ConnectionFailureType.SocketFailure => "the connection was lost",
            ConnectionFailureType.ProtocolFailure => "the connection cannot be used at present",
            ConnectionFailureType.UnableToConnect or ConnectionFailureType.UnableToResolvePhysicalConnection =>
                "it cannot be reached",
            _ => null,
        };
        return words is null ? "" : $", {words}";
    }

    private static string CodeOf(string error)
    {
        var end = error.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? error : error[..end];
    }
}
