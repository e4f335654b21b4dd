using System.Diagnostics;
using System.Globalization;
using System.Text;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using StackExchange.Redis;

namespace Proxy.Core.Redis;

/// <summary>
/// Routes in Redis, in Hipache's format: list <c>frontend:NAME</c> with an identifier and the backends, set
/// <c>dead:NAME</c> with 0-based indexes, channel <c>dead</c> with <c>NAME;URL;INDEX;COUNT</c>.
/// </summary>
public sealed class RedisRoutes(RedisConnections redis) : IRouteStore
{
    private readonly BackendLists _lists = new(redis);

    /// <summary>Elements of a list without any backend: none, or the identifier.</summary>
    private const int ListLengthMin = 2;

    /// <summary>The most elements of a list that are read to check it.</summary>
    private const int JudgedMax = 1000;

    /// <inheritdoc/>
    public Task<StoredRoute?> ReadAsync(string[] names, int likely) => RunAsync(redis.Read, async from =>
        await FirstAsync(from, names, 0, likely) ?? await FirstAsync(from, names, likely, names.Length));

    /// <inheritdoc/>
    public Task<int> PublishDeadAsync(DeadNotice notice) => RunAsync(
        redis.Write,
        async to =>
        {
            if (await IndexAsync(notice) is not (>= 0 and var index)) return -1;

            // In one transaction: a member without an expiry would be dead forever.
            var name = Encoding.Latin1.GetBytes(notice.Frontend);
            var change = to.CreateTransaction();
            var seconds = TimeSpan.FromSeconds(Math.Ceiling(notice.Remaining.TotalSeconds));
            var added = change.SetAddAsync(Key("dead:", name), index);
            var expires = change.KeyExpireAsync(Key("dead:", name), seconds);
            var published = change.PublishAsync(RedisChannel.Literal("dead"), Message(name, notice, index));
            if (!await change.ExecuteAsync()) throw new RedisException("the transaction was not executed");
            await Task.WhenAll(added, expires, published);
            return index;
        },
        ["SADD", $"dead:{notice.Frontend}", "0"],
        ["EXPIRE", $"dead:{notice.Frontend}", "1"],
        ["PUBLISH", "dead", ""]);

    /// <inheritdoc/>
    public Task PublishAliveAsync(DeadNotice notice) => RunAsync(
        redis.Write,
        async to =>
        {
            var listed = await _lists.FindAsync(notice.Frontend, notice.Url);
            RedisValue[] indexes = [notice.Index, listed is [var first, ..] ? first : notice.Index];
            return await to.SetRemoveAsync(Key("dead:", Encoding.Latin1.GetBytes(notice.Frontend)), indexes);
        },
        ["SREM", $"dead:{notice.Frontend}", "0"]);

    /// <inheritdoc/>
    public Task EndMarkAsync(DeadNotice notice) => RunAsync(
        redis.Write,
        async to =>
        {
            var name = Encoding.Latin1.GetBytes(notice.Frontend);
            var monitorsLock = Key("dead:", [.. name, .. Encoding.UTF8.GetBytes($":{notice.Url}")]);
            return !await to.KeyExistsAsync(monitorsLock) && await to.SetRemoveAsync(Key("dead:", name), notice.Index);
        },
        ["SREM", $"dead:{notice.Frontend}", "0"]);

    /// <inheritdoc/>
    public async Task<string[]> ReadListAsync(string name)
    {
        try
        {
            var key = Key("frontend:", Encoding.Latin1.GetBytes(name));
            var list = await redis.Read.Database.ListRangeAsync(key, 0, JudgedMax - 1);
            return Array.ConvertAll(list, element => (string)element!);
        }
        catch (RedisServerException e) when (IsWrongType(e))
        {
            throw new RouteTypeException(WrongList(name));
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            throw new RoutesUnavailableException(redis.Read.Explain(e), e);
        }
    }

    /// <inheritdoc/>
    public Action<string>? OnInvalidRoute { get; set; }

    /// <inheritdoc/>
    public bool ReadsItsWrites => Equals(redis.Read.Server, redis.Write.Server);

    /// <inheritdoc/>
    public ValueTask<string?> PingAsync() => redis.Read.PingAsync();

    // Times the commands, and turns every failure into one that names the Redis. The library hides why a write failed:
    // then the given commands are tried to find out.
    private static async Task<T> RunAsync<T>(
        RedisConnection connection, Func<IDatabase, Task<T>> commands, params string[][] written)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            return await commands(connection.Database);
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            var reason = written.Length == 0 ? connection.Explain(e) : await connection.ExplainAsync(e, written);
            throw new RoutesUnavailableException(reason, e);
        }
        finally
        {
            connection.Commands.ObserveSince(since);
        }
    }

    private async Task<StoredRoute?> FirstAsync(IDatabase from, string[] names, int start, int end)
    {
        var lists = new Task<RedisValue[]>[end - start];
        var sets = new Task<RedisValue[]>[end - start];
        for (var i = 0; i < lists.Length; i++)
        {
            var name = Encoding.Latin1.GetBytes(names[start + i]);
            lists[i] = from.ListRangeAsync(Key("frontend:", name));
            sets[i] = from.SetMembersAsync(Key("dead:", name));
        }
        Task all = Task.WhenAll([.. lists, .. sets]);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Lists after the one that is used do not matter, even if they are invalid.
        for (var i = 0; i < lists.Length; i++)
            if (await ListAsync(lists[i], names[start + i]) is { Length: >= ListLengthMin } list)
                return await ReadingAsync(from, names[start + i], start + i, (list, sets[i]));
        return null;
    }

    private async Task<RedisValue[]> ListAsync(Task<RedisValue[]> reading, string name)
    {
        try
        {
            var list = await reading;
            if (list.Length is > 0 and < ListLengthMin) OnInvalidRoute?.Invoke(name);
            return list;
        }
        catch (RedisServerException e) when (IsWrongType(e))
        {
            OnInvalidRoute?.Invoke(name);
            throw new RoutesUnavailableException($"frontend:{name}: {WrongList(name)}", e);
        }
    }

    private static async Task<StoredRoute> ReadingAsync(
        IDatabase from, string name, int position, (RedisValue[] List, Task<RedisValue[]> Dead) read)
    {
        var elements = Array.ConvertAll(read.List, element => (string)element!);
        var key = Key("dead:", Encoding.Latin1.GetBytes(name));
        try
        {
            var dead = Indexes(await read.Dead, elements.Length - 1);
            var expiry = dead.Count == 0 ? null : await from.KeyTimeToLiveAsync(key);
            return new StoredRoute(position, elements, dead, expiry);
        }
        catch (RedisServerException e) when (IsWrongType(e))
        {
            throw new RoutesUnavailableException(
                $"dead:{name}: it is not a set (WRONGTYPE); delete it: redis-cli del dead:{name}", e);
        }
    }

    private static bool IsWrongType(RedisServerException e) =>
        e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal);

    private static string WrongList(string name) =>
        "it is not a list (WRONGTYPE); delete it, then add an identifier and the backends: " +
        $"redis-cli del frontend:{name}";

    private static List<int> Indexes(RedisValue[] members, int count)
    {
        var indexes = new List<int>(members.Length);
        foreach (var member in members)
        {
            var isNumber = int.TryParse(
                (string)member!, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
            if (isNumber && index < count) indexes.Add(index);
        }
        return indexes;
    }

    // The list may have changed since the backend was chosen, and an index must not denote a different one.
    private async Task<int> IndexAsync(DeadNotice notice)
    {
        if (!notice.IsLate && await _lists.HasAsync(notice.Frontend, notice.Url, notice.Index)) return notice.Index;
        return await _lists.FindAsync(notice.Frontend, notice.Url) switch
        {
            [var index, ..] => index,
            [] => -1,
            null when !notice.IsLate => notice.Index,
            null => throw new RoutesUnavailableException(
                $"{redis.Write.Name}: it has no list frontend:{notice.Frontend} yet"),
        };
    }

    private static byte[] Message(byte[] name, DeadNotice notice, int index) =>
        [.. name, .. Encoding.UTF8.GetBytes($";{notice.Url};{index};{notice.Count}")];

    private static RedisKey Key(string prefix, byte[] name) => new RedisKey(prefix).Append(name);
}
