using System.Globalization;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Protocol;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Redis;

/// <summary>
/// Makes Redis push the names of changed keys (CLIENT TRACKING in broadcast mode, RESP3) on a connection of its own. As
/// long as that connection is up, routes in memory are valid. A server that cannot push is tried again periodically.
/// </summary>
public sealed class RedisFeed : IRedisPushes, IAsyncDisposable
{
    private static readonly TimeSpan RefusedWait = TimeSpan.FromSeconds(10);

    private static readonly string[][] Usual = [Replication.Command];
    private static readonly string[][] Doubting = [Replication.Command, ["DBSIZE"]];

    internal static readonly string[] Track =
    [
        "CLIENT", "TRACKING", "ON", "BCAST",
        "PREFIX", "frontend:", "PREFIX", "dead:", "PREFIX", "tls:", "PREFIX", "healthcheck:",
    ];

    private readonly RedisConnection _redis;
    private readonly ChangeTracker _changes;
    private readonly Func<bool> _hasRoutes;
    private readonly Action<string> _errors;
    private readonly RedisListener _listener;
    private Replication? _source;
    private Doubt _doubt;
    private bool _isUnavailable;
    private string? _refusal;

    /// <param name="redis">The server that routes are read from.</param>
    /// <param name="changes">Takes every change.</param>
    /// <param name="hasRoutes">
    /// Whether there are routes that may be served without Redis: then an empty server is one that lost its data.
    /// </param>
    /// <param name="errors">Takes one line when Redis becomes unavailable and one when it is back.</param>
    public RedisFeed(RedisConnection redis, ChangeTracker changes, Func<bool> hasRoutes, Action<string> errors)
    {
        (_redis, _changes, _hasRoutes, _errors) = (redis, changes, hasRoutes, errors);
        _listener = new RedisListener(redis, this);
    }

    /// <summary>Why the server's content is not trusted.</summary>
    private enum Doubt
    {
        None,

        /// <summary>All keys were removed, and it is unknown whether on purpose.</summary>
        Flushed,

        /// <summary>All keys were removed, and the server is loading a copy of its primary.</summary>
        Loading,

        /// <summary>The server has the copy of another primary, and its keys are not counted yet.</summary>
        Copied,

        /// <summary>The server came back without any key.</summary>
        Emptied,
    }

    string[][] IRedisPushes.Pings => _doubt == Doubt.None ? Usual : Doubting;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    async Task IRedisPushes.SubscribeAsync(RespConnection connection, RedisEndpoint endpoint, CancellationToken cancel)
    {
        var hello = await CallAsync(
            ["HELLO", "3", .. endpoint.Login.AuthOfHello, "SETNAME", RedisConnection.ClientName + "-feed"]);
        if (RedisLoginCheck.WrongModeOf(hello, _redis.Reasons) is { } wrong) throw new IOException(wrong);
        var database = endpoint.Database.ToString(CultureInfo.InvariantCulture);
        if (endpoint.Database != 0) await CallAsync(["SELECT", database]);
        await CallAsync(Track);

        // Commands use another connection: while that is down, waiting for a read would be useless.
        if (await _redis.PingAsync() is { } reason) throw new IOException(reason);

        // As a subscriber the feed is disconnected when it reads too slowly, instead of filling the server's memory.
        // Pushes before this reply are ignored: nothing that was read so far counts as fresh.
        await connection.CallAsync(cancel, RedisCommands.FeedChannel);
        _source = Replication.Of(await ReplyAsync(connection, cancel, Replication.Command));
        _doubt = Doubt.None;
        if (_hasRoutes() && await ReplyAsync(connection, cancel, "DBSIZE") is { Bytes: [(byte)'0'] })
            BecomeEmptied("is back without any keys");
        else StartTracking();

        async Task<RespValue> CallAsync(string[] command)
        {
            var reply = await connection.CallAsync(cancel, command);
            _redis.Expect(reply);
            return reply;
        }
    }

    bool IRedisPushes.Receive(in RespValue value)
    {
        var isInvalidation = value.Kind is RespKind.Push && value.Items is [var kind, _]
            && kind.Bytes.AsSpan().SequenceEqual("invalidate"u8);
        if (!isInvalidation)
        {
            if (_doubt == Doubt.None) _source = Replication.Of(value, _source) ?? _source;
            else Resolve(value);
            return false;
        }

        foreach (var key in value.Items[1].Items) _changes.KeyChanged(key.Bytes);
        if (value.Items[1].Kind is RespKind.Null) BecomeFlushed();
        return _doubt != Doubt.None;
    }

    void IRedisPushes.OnDisconnected(string reason)
    {
        _changes.Disconnect();
        var refusal = _redis.LoginError;
        if (_isUnavailable && (refusal is null || refusal == _refusal)) return;
        (_isUnavailable, _refusal) = (true, refusal);
        var effect = _hasRoutes() ? "serving the last known routes" : "no routes are known, answering 503";
        var problem = reason.StartsWith(_redis.Name, StringComparison.Ordinal) ? reason : $"{_redis.Name}: {reason}";
        _errors($"{problem}; {effect} until it is available again");
    }

    TimeSpan IRedisPushes.OnRefused(string reason)
    {
        if (_changes.Epoch != ChangeTracker.Polling)
            _errors($"{_redis.Name} does not push changes ({reason}); polling routes instead");
        _changes.UsePolling();
        return RefusedWait;
    }

    // FLUSHALL, also one that a primary replicates, removes all keys on purpose. A replica that starts to copy a
    // primary removes them too and sends the same message: only its replication state distinguishes the two. If that is
    // unknown, and if nothing is served from memory, the message is trusted.
    private void BecomeFlushed()
    {
        if (_source is null or { IsReplica: false } || !_hasRoutes())
        {
            if (_doubt != Doubt.None) StartTracking();
            else _changes.AllChanged();
            return;
        }

        if (_doubt != Doubt.Loading) _doubt = Doubt.Flushed;
        _changes.Disconnect();
    }

    // While in doubt, INFO replication and DBSIZE are sent in turns.
    private void Resolve(in RespValue reply)
    {
        if (Replication.Of(reply) is { } now)
        {
            ResolveSource(now);
            return;
        }

        var isCount = reply is { Kind: RespKind.Text, Bytes: [>= (byte)'0' and <= (byte)'9', ..] };
        if (!isCount || _doubt is not (Doubt.Copied or Doubt.Emptied)) return;
        if (reply.Bytes is not [(byte)'0']) StartTracking();
        else if (_doubt == Doubt.Copied) BecomeEmptied("has no keys, since its primary restarted without any");
    }

    private void ResolveSource(Replication now)
    {
        if (_doubt == Doubt.Emptied) _source = now;
        if (_doubt is not (Doubt.Flushed or Doubt.Loading)) return;
        if (!now.IsInSync)
        {
            if (_doubt == Doubt.Loading) return;
            (_doubt, _isUnavailable) = (Doubt.Loading, true);
            _errors($"{_redis.Name} is copying all data of its primary; " +
                "serving the last known routes until that is complete");
            return;
        }

        var isOnPurpose = !now.IsReplica || now.Continues(_source);
        _source = now;
        if (isOnPurpose) StartTracking();
        else _doubt = Doubt.Copied;
    }

    private void BecomeEmptied(string what)
    {
        (_doubt, _isUnavailable) = (Doubt.Emptied, true);
        _errors($"{_redis.Name} {what}; serving the last known routes until it has keys");
    }

    private void StartTracking()
    {
        _doubt = Doubt.None;
        if (_isUnavailable) _errors("Redis is available again: routes are up to date");
        (_isUnavailable, _refusal) = (false, null);
        _changes.Connect();
    }

    // Sent with tracking on: a key that is added after the reply is pushed. The reply may follow pushes.
    private static async Task<RespValue> ReplyAsync(
        RespConnection connection, CancellationToken cancel, params string[] command)
    {
        var reply = await connection.CallAsync(cancel, command);
        while (reply.Kind is RespKind.Push) reply = await connection.ReadAsync(cancel);
        return reply;
    }
}
