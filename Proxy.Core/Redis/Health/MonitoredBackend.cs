using System.Globalization;
using System.Text;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using StackExchange.Redis;

namespace Proxy.Core.Redis.Health;

/// <summary>The state in Redis that the monitors of all nodes share about one dead backend.</summary>
/// <param name="both">The server that dead marks are written to, and the one that routes are read from.</param>
/// <param name="dead">The backend as it was published.</param>
internal sealed class MonitoredBackend(RedisConnections both, DeadMessage dead)
{
    /// <summary>How long the lock lasts without being renewed.</summary>
    public static readonly TimeSpan LockTime = TimeSpan.FromSeconds(30);

    private static readonly RedisValue Node = Environment.MachineName;

    private readonly BackendLists _lists = new(both);
    private readonly RedisKey _list = Key("frontend:", dead.Frontend);
    private readonly RedisKey _deadSet = Key("dead:", dead.Frontend);
    private readonly RedisKey _check = Key("healthcheck:", dead.Frontend);
    private readonly RedisKey _lock = Key("dead:", dead.Frontend).Append(Encoding.UTF8.GetBytes(":" + dead.Url));

    /// <summary>Takes or renews the lock; false if another node has it.</summary>
    public async Task<bool> ReserveAsync()
    {
        var to = both.Write.Database;
        if (await to.StringSetAsync(_lock, Node, LockTime, When.NotExists)) return true;
        return await to.StringGetAsync(_lock) == Node && await to.KeyExpireAsync(_lock, LockTime);
    }

    /// <summary>Releases the lock, if it is this node's.</summary>
    public async Task ReleaseAsync()
    {
        var to = both.Write.Database;

        // The library would send UNLINK, which requires a permission of its own.
        if (await to.StringGetAsync(_lock) == Node) await to.ExecuteAsync("DEL", _lock);
    }

    /// <summary>Reads what the frontend's owner wants to be checked.</summary>
    public async Task<HealthCheck> CheckAsync()
    {
        RedisValue[] names = ["path", "body", "status"];
        var fields = await both.Write.Database.HashGetAsync(_check, names);
        var isMissing = Array.TrueForAll(fields, field => field.IsNull);
        if (isMissing && !Equals(both.Read.Server, both.Write.Server))
            fields = await both.Read.Database.HashGetAsync(_check, names);
        var path = "/" + ((string?)fields[0] ?? "").TrimStart('/');
        var isNumber = int.TryParse((string?)fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var code);
        return new HealthCheck(path, (string?)fields[1] ?? "", isNumber ? code : 0);
    }

    /// <summary>Returns the positions of the backend in the list; empty if it was removed, null if uncertain.</summary>
    public async Task<Backend[]?> FindAsync()
    {
        // Hipache publishes its URLs with a trailing slash, however they are stored.
        foreach (var url in new HashSet<string> { dead.Url, dead.Url.TrimEnd('/') })
        {
            var indexes = await _lists.FindAsync(dead.Frontend, url);
            if (indexes is null) return null;
            if (indexes.Length > 0) return Array.ConvertAll(indexes, at => new Backend(url, at));
        }

        return [];
    }

    /// <summary>
    /// Removes the mark, under the index it was made with and the current one; false if the list has changed.
    /// </summary>
    public Task<bool> ReviveAsync(Backend[] places) => ChangeAsync(
        places, change => change.SetRemoveAsync(_deadSet, [dead.Index, .. Indexes(places)]));

    /// <summary>Renews the mark; false if the list has changed.</summary>
    public async Task<bool> KeepDeadAsync(Backend[] places, TimeSpan time)
    {
        var isRenewed = await ChangeAsync(
            places,
            change => Task.WhenAll(
                change.SetAddAsync(_deadSet, Indexes(places)),
                change.KeyExpireAsync(_deadSet, time)));
        if (!isRenewed) await both.Write.Database.SetRemoveAsync(_deadSet, Indexes(places));
        return isRenewed;
    }

    // The list is read within the transaction, and not watched before it: StackExchange.Redis blocks a thread of the
    // pool while it waits for the conditions of a transaction.
    private async Task<bool> ChangeAsync(Backend[] places, Func<ITransaction, Task> change)
    {
        var transaction = both.Write.Database.CreateTransaction();
        var listed = transaction.ListRangeAsync(_list);
        var changed = change(transaction);
        if (!await transaction.ExecuteAsync()) return false;
        await changed;
        var list = await listed;
        return list.Length == 0    // The places are those of the list that routes are read from.
            || Array.TrueForAll(places, at => at.Index + 1 < list.Length && list[at.Index + 1] == at.Url);
    }

    private static RedisValue[] Indexes(Backend[] places) => Array.ConvertAll(places, place => (RedisValue)place.Index);

    private static RedisKey Key(string prefix, string name) =>
        new RedisKey(prefix).Append(Encoding.Latin1.GetBytes(name));
}
