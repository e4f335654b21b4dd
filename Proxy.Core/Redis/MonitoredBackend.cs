using System.Globalization;
using System.Text;
using Proxy.Core.Routing;
using StackExchange.Redis;

namespace Proxy.Core.Redis;

/// <summary>What the monitors of all nodes share in Redis about one dead backend.</summary>
/// <param name="redis">The server that is told of dead backends.</param>
/// <param name="dead">The backend as it was published.</param>
internal sealed class MonitoredBackend(RedisConnection redis, DeadMessage dead)
{
    /// <summary>How long another node leaves the backend to this one after its last sign.</summary>
    public static readonly TimeSpan LockTime = TimeSpan.FromSeconds(30);

    private static readonly RedisValue Node = Environment.MachineName;

    private readonly RedisKey _list = Key("frontend:", dead.Frontend);
    private readonly RedisKey _deadSet = Key("dead:", dead.Frontend);
    private readonly RedisKey _check = Key("healthcheck:", dead.Frontend);
    private readonly RedisKey _lock = Key("dead:", dead.Frontend).Append(Encoding.UTF8.GetBytes(":" + dead.Url));

    /// <summary>Takes or keeps the lock; false when another node has it.</summary>
    public async Task<bool> ReserveAsync()
    {
        var to = redis.Database;
        if (await to.StringSetAsync(_lock, Node, LockTime, When.NotExists)) return true;
        return await to.StringGetAsync(_lock) == Node && await to.KeyExpireAsync(_lock, LockTime);
    }

    /// <summary>Gives the lock back, if it is this node's.</summary>
    public async Task ReleaseAsync()
    {
        var to = redis.Database;
        if (await to.StringGetAsync(_lock) == Node) await to.KeyDeleteAsync(_lock);
    }

    /// <summary>What the frontend's owner wants to be checked.</summary>
    public async Task<HealthCheck> CheckAsync()
    {
        var fields = await redis.Database.HashGetAsync(_check, ["path", "body", "status"]);
        var path = "/" + ((string?)fields[0] ?? "").TrimStart('/');
        var isNumber = int.TryParse((string?)fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var code);
        return new HealthCheck(path, (string?)fields[1] ?? "", isNumber ? code : 0);
    }

    /// <summary>Where the backend is in the list; empty when it is gone.</summary>
    public async Task<Backend[]> FindAsync()
    {
        var elements = Array.ConvertAll(await redis.Database.ListRangeAsync(_list, 1), element => (string)element!);

        // Hipache publishes its URLs with a slash at the end, however they are stored.
        var stored = elements.Contains(dead.Url) ? dead.Url : dead.Url.TrimEnd('/');
        return [.. elements.Index().Where(at => at.Item == stored).Select(at => new Backend(stored, at.Index))];
    }

    /// <summary>
    /// Takes the backend in again, as it was marked and as it is listed; false when the list changed meanwhile.
    /// </summary>
    public Task<bool> ReviveAsync(Backend[] places) => ChangeAsync(
        places, change => change.SetRemoveAsync(_deadSet, [dead.Index, .. Indexes(places)]));

    /// <summary>Keeps the backend out for the time; false when the list changed meanwhile.</summary>
    public async Task<bool> KeepDeadAsync(Backend[] places, TimeSpan time)
    {
        var isKept = await ChangeAsync(
            places,
            change => Task.WhenAll(
                change.SetAddAsync(_deadSet, Indexes(places)),
                change.KeyExpireAsync(_deadSet, time)));
        if (!isKept) await redis.Database.SetRemoveAsync(_deadSet, Indexes(places));
        return isKept;
    }

    // The list is looked at within the transaction, and not watched before it: StackExchange.Redis blocks a thread of
    // the pool while it waits for the conditions of a transaction.
    private async Task<bool> ChangeAsync(Backend[] places, Func<ITransaction, Task> change)
    {
        var transaction = redis.Database.CreateTransaction();
        var listed = transaction.ListRangeAsync(_list, 1);
        var changed = change(transaction);
        if (!await transaction.ExecuteAsync()) return false;
        await changed;
        var elements = await listed;
        return Array.TrueForAll(places, at => at.Index < elements.Length && elements[at.Index] == at.Url);
    }

    private static RedisValue[] Indexes(Backend[] places) => Array.ConvertAll(places, place => (RedisValue)place.Index);

    private static RedisKey Key(string prefix, string name) =>
        new RedisKey(prefix).Append(Encoding.Latin1.GetBytes(name));
}
