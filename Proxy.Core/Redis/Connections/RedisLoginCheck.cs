using System.Diagnostics;
using System.Globalization;
using System.Net;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>
/// Checks on a plain connection whether a server is usable: user, password, database, and that it is neither a node of
/// a cluster nor a Sentinel. The client library would try a wrong password again and again, and would notice the rest
/// only at the first command.
/// </summary>
internal sealed class RedisLoginCheck(
    RedisEndpoint endpoint, RedisReasons reasons, Func<EndPoint, CancellationToken, Task<RespConnection>> open)
{
    /// <summary>How long one answer is shared between callers.</summary>
    private static readonly TimeSpan SharedTime = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private Task<string?>? _shared;
    private long _sharedAt;

    /// <summary>
    /// Returns why the server rejects the login or one of some commands; null if it does not, or cannot be reached.
    /// The commands are queued in a transaction that is discarded, so they change nothing.
    /// </summary>
    public async Task<string?> RefusalAsync(EndPoint server, TimeSpan limit, params string[][] commands)
    {
        try
        {
            using var timeout = new CancellationTokenSource(limit);
            using var connection = await open(server, timeout.Token);
            if (await GreetingRefusalAsync(connection, timeout.Token) is { } refusal) return refusal;
            return commands.Length == 0 ? null : await QueueRefusalAsync(connection, commands, timeout.Token);
        }
        catch (RedisHandshakeException e)
        {
            return e.Message;
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            return null;    // Unavailable: the connection proper finds out later.
        }
    }

    /// <summary>The same, shared by many callers: thousands of marks may fail for one reason at once.</summary>
    public Task<string?> SharedRefusalAsync(EndPoint server, TimeSpan limit, params string[][] commands)
    {
        lock (_lock)
        {
            if (_shared is not null && Stopwatch.GetElapsedTime(_sharedAt) < SharedTime) return _shared;
            _sharedAt = Stopwatch.GetTimestamp();
            return _shared = RefusalAsync(server, limit, commands);
        }
    }

    /// <summary>
    /// Returns which unsupported kind of server it is, according to its own reply; null for a plain Redis and if
    /// the reply is silent about it.
    /// </summary>
    public static async Task<string?> WrongModeAsync(
        RespConnection connection, RedisReasons reasons, CancellationToken cancel)
    {
        var reply = await connection.CallAsync(cancel, "INFO", "server");
        if (reply.IsError) reply = await connection.CallAsync(cancel, "HELLO");
        return WrongModeOf(reply, reasons);
    }

    /// <summary>The same from a reply to HELLO or INFO.</summary>
    public static string? WrongModeOf(in RespValue reply, RedisReasons reasons)
    {
        var text = reply.ToString();
        var at = Array.FindIndex(reply.Items, item => item.ToString() == "mode") + 1;
        var mode = at > 0 && at < reply.Items.Length ? reply.Items[at].ToString() : "";
        if (mode == "cluster" || text.Contains("redis_mode:cluster", StringComparison.Ordinal))
            return RedisReasons.Cluster;
        var isSentinel = mode == "sentinel" || text.Contains("redis_mode:sentinel", StringComparison.Ordinal);
        return isSentinel ? reasons.Sentinel : null;
    }

    private async Task<string?> GreetingRefusalAsync(RespConnection connection, CancellationToken cancel)
    {
        if (endpoint.Login.Auth is { Length: > 0 } auth && await RefusalOfAsync(auth) is { } login) return login;
        if (await WrongModeAsync(connection, reasons, cancel) is { } wrong) return wrong;
        var database = endpoint.Database.ToString(CultureInfo.InvariantCulture);
        if (endpoint.Database != 0 && await RefusalOfAsync(["SELECT", database]) is { } select) return select;
        return await RefusalOfAsync(["PING"]);

        async Task<string?> RefusalOfAsync(string[] command)
        {
            var reply = await connection.CallAsync(cancel, command);
            return reply.IsError && RedisReasons.IsRefusal(reply.ToString()) ? reasons.Of(reply.ToString()) : null;
        }
    }

    private async Task<string?> QueueRefusalAsync(
        RespConnection connection, string[][] commands, CancellationToken cancel)
    {
        var begun = await connection.CallAsync(cancel, "MULTI");
        if (begun.IsError) return reasons.Of(begun.ToString());
        foreach (var command in commands)
        {
            var reply = await connection.CallAsync(cancel, command);
            if (reply.IsError) return reasons.Of(reply.ToString());
        }

        return null;    // Closing the connection discards the transaction.
    }
}
