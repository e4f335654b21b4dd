using System.Globalization;
using Proxy.Core.Routing;

namespace Proxy.Core.Redis;

/// <summary>
/// Has Redis push the names of changed keys (CLIENT TRACKING in broadcast mode, RESP3) on a connection of its own,
/// whose being up is what makes routes in memory trustworthy. A server that cannot do it is asked again now and then.
/// </summary>
public sealed class RedisFeed : IRedisPushes, IAsyncDisposable
{
    private static readonly TimeSpan RefusedWait = TimeSpan.FromSeconds(10);

    internal static readonly string[] Track =
    [
        "CLIENT", "TRACKING", "ON", "BCAST",
        "PREFIX", "frontend:", "PREFIX", "dead:", "PREFIX", "tls:", "PREFIX", "healthcheck:",
    ];

    private readonly RedisConnection _redis;
    private readonly Changes _changes;
    private readonly Func<bool> _hasRoutes;
    private readonly Action<string> _errors;
    private readonly RedisListener _listener;
    private bool _isAway;
    private bool _isEmptied;
    private string? _refusal;

    /// <param name="redis">The server that routes are read from.</param>
    /// <param name="changes">Told of every change.</param>
    /// <param name="hasRoutes">Whether routes are known: then an empty server is one that lost its data.</param>
    /// <param name="errors">Takes one line when Redis goes away and one when it is back.</param>
    public RedisFeed(RedisConnection redis, Changes changes, Func<bool> hasRoutes, Action<string> errors)
    {
        (_redis, _changes, _hasRoutes, _errors) = (redis, changes, hasRoutes, errors);
        _listener = new RedisListener(redis, this);
    }

    string[] IRedisPushes.Ping => _isEmptied ? ["DBSIZE"] : ["PING"];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    async Task IRedisPushes.GreetAsync(RespConnection connection, RedisEndpoint endpoint, CancellationToken cancel)
    {
        await AskAsync(["HELLO", "3", .. endpoint.Login.AuthOfHello, "SETNAME", RedisConnection.ClientName + "-feed"]);
        var database = endpoint.Database.ToString(CultureInfo.InvariantCulture);
        if (endpoint.Database != 0) await AskAsync(["SELECT", database]);
        await AskAsync(Track);

        // Commands go by another connection: while that is not back, waiting for a reading would bring nothing.
        if (await _redis.PingAsync() is { } reason) throw new IOException(reason);

        // As a subscriber it is disconnected when it reads too slowly, instead of filling the server's memory. What
        // was pushed before its reply is ignored: nothing that was read so far counts as fresh.
        await connection.AskAsync(cancel, "SUBSCRIBE", "__planb__:feed");
        _isEmptied = false;
        if (_hasRoutes() && await IsEmptyAsync(connection, cancel))
        {
            _isEmptied = true;
            _errors("redis is back without any key: the last known routes are served until it has one");
            return;
        }
        Arm();

        async Task AskAsync(string[] command) => _redis.Expect(await connection.AskAsync(cancel, command));
    }

    void IRedisPushes.Receive(in RespValue value)
    {
        var isInvalidation = value.Kind is RespKind.Push && value.Items is [var kind, _]
            && kind.Bytes.AsSpan().SequenceEqual("invalidate"u8);
        if (_isEmptied && (isInvalidation || IsCount(value)))
        {
            _isEmptied = false;
            Arm();
        }
        if (!isInvalidation) return;

        if (value.Items[1].Kind is RespKind.Null) _changes.AllChanged();
        foreach (var key in value.Items[1].Items) _changes.KeyChanged(key.Bytes);
    }

    void IRedisPushes.Lost(string reason)
    {
        _changes.Lose();
        var refusal = _redis.LoginTrouble;
        if (_isAway && (refusal is null || refusal == _refusal)) return;
        (_isAway, _refusal) = (true, refusal);
        _errors($"{_redis.Name}: {reason}: the last known routes are served until it is back");
    }

    TimeSpan IRedisPushes.Refused(string reason)
    {
        if (_changes.Epoch != Changes.Untracked)
            _errors($"redis does not push changes ({reason}): routes are read again and again");
        _changes.GiveUp();
        return RefusedWait;
    }

    private void Arm()
    {
        _changes.Arm();
        if (_isAway) _errors("redis is back: routes are fresh again");
        (_isAway, _refusal) = (false, null);
    }

    // Asked with tracking on: a key that comes after the reply is pushed. The reply may come behind pushes.
    private static async Task<bool> IsEmptyAsync(RespConnection connection, CancellationToken cancel)
    {
        var reply = await connection.AskAsync(cancel, "DBSIZE");
        while (reply.Kind is RespKind.Push) reply = await connection.ReadAsync(cancel);
        return reply is { Kind: RespKind.Text } && reply.Bytes is [(byte)'0'];
    }

    private static bool IsCount(in RespValue value) =>
        value is { Kind: RespKind.Text } && value.Bytes is [>= (byte)'1' and <= (byte)'9', ..];
}
