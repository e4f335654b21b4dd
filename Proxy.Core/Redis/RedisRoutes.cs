using System.Diagnostics;
using System.Globalization;
using System.Text;
using Proxy.Core.Routing;
using StackExchange.Redis;

namespace Proxy.Core.Redis;

/// <summary>
/// Routes in Redis, in Hipache's format: list <c>frontend:NAME</c> with an identifier and the backends, set
/// <c>dead:NAME</c> with 0-based indexes, channel <c>dead</c> with <c>NAME;URL;INDEX;COUNT</c>.
/// </summary>
public sealed class RedisRoutes(RedisConnections redis) : IRoutes
{
    /// <summary>Elements of a list without any backend: none, or the identifier.</summary>
    private const int ListLengthMin = 2;

    /// <inheritdoc/>
    public async Task<Reading?> ReadAsync(string[] names, int likely)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            var from = redis.Read.Database;
            return await FirstAsync(from, names, 0, likely) ?? await FirstAsync(from, names, likely, names.Length);
        }
        catch (Exception e) when (RedisConnection.IsFailure(e))
        {
            throw new RoutesUnavailableException(redis.Read.Explain(e), e);
        }
        finally
        {
            redis.Read.Commands.ObserveSince(since);
        }
    }

    /// <inheritdoc/>
    public async Task<int> TellDeadAsync(Death death)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            var to = redis.Write.Database;
            var index = death.IsLate ? await IndexAsync(to, death) : death.Index;
            if (index < 0) return index;

            // In one transaction: a member without an expiry would be dead for ever.
            var name = Encoding.Latin1.GetBytes(death.Frontend);
            var change = to.CreateTransaction();
            var seconds = TimeSpan.FromSeconds(Math.Ceiling(death.Remaining.TotalSeconds));
            var added = change.SetAddAsync(Key("dead:", name), index);
            var expires = change.KeyExpireAsync(Key("dead:", name), seconds);
            var published = change.PublishAsync(RedisChannel.Literal("dead"), Message(name, death, index));
            await change.ExecuteAsync();
            await Task.WhenAll(added, expires, published);
            return index;
        }
        catch (Exception e) when (RedisConnection.IsFailure(e))
        {
            throw new RoutesUnavailableException(redis.Write.Explain(e), e);
        }
        finally
        {
            redis.Write.Commands.ObserveSince(since);
        }
    }

    /// <inheritdoc/>
    public async Task TellAliveAsync(Death death)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            var to = redis.Write.Database;
            RedisValue[] indexes = [death.Index, await IndexAsync(to, death)];
            await to.SetRemoveAsync(Key("dead:", Encoding.Latin1.GetBytes(death.Frontend)), indexes);
        }
        catch (Exception e) when (RedisConnection.IsFailure(e))
        {
            throw new RoutesUnavailableException(redis.Write.Explain(e), e);
        }
        finally
        {
            redis.Write.Commands.ObserveSince(since);
        }
    }

    /// <inheritdoc/>
    public async Task EndMarkAsync(Death death)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            var to = redis.Write.Database;
            var name = Encoding.Latin1.GetBytes(death.Frontend);
            var monitorsLock = Key("dead:", [.. name, .. Encoding.UTF8.GetBytes($":{death.Url}")]);
            if (await to.KeyExistsAsync(monitorsLock)) return;
            await to.SetRemoveAsync(Key("dead:", name), death.Index);
        }
        catch (Exception e) when (RedisConnection.IsFailure(e))
        {
            throw new RoutesUnavailableException(redis.Write.Explain(e), e);
        }
        finally
        {
            redis.Write.Commands.ObserveSince(since);
        }
    }

    /// <inheritdoc/>
    public bool ReadsItsWrites => Equals(redis.Read.Server, redis.Write.Server);

    /// <inheritdoc/>
    public ValueTask<string?> PingAsync() => redis.Read.PingAsync();

    private static async Task<Reading?> FirstAsync(IDatabase from, string[] names, int start, int end)
    {
        var lists = new Task<RedisValue[]>[end - start];
        var sets = new Task<RedisValue[]>[end - start];
        for (var i = 0; i < lists.Length; i++)
        {
            var name = Encoding.Latin1.GetBytes(names[start + i]);
            lists[i] = from.ListRangeAsync(Key("frontend:", name));
            sets[i] = from.SetMembersAsync(Key("dead:", name));
        }
        await Task.WhenAll([.. lists, .. sets]);

        var found = Array.FindIndex(lists, list => list.Result.Length >= ListLengthMin);
        if (found < 0) return null;
        var elements = Array.ConvertAll(await lists[found], element => (string)element!);
        var dead = Indexes(await sets[found], elements.Length - 1);
        var key = Key("dead:", Encoding.Latin1.GetBytes(names[start + found]));
        var expiry = dead.Count == 0 ? null : await from.KeyTimeToLiveAsync(key);
        return new Reading(start + found, elements, dead, expiry);
    }

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

    private static async Task<int> IndexAsync(IDatabase from, Death death)
    {
        var list = await from.ListRangeAsync(Key("frontend:", Encoding.Latin1.GetBytes(death.Frontend)), 1);
        return Array.FindIndex(list, element => element == death.Url);
    }

    private static byte[] Message(byte[] name, Death death, int index) =>
        [.. name, .. Encoding.UTF8.GetBytes($";{death.Url};{index};{death.Count}")];

    private static RedisKey Key(string prefix, byte[] name) => new RedisKey(prefix).Append(name);
}
