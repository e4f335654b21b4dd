using System.Text;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using StackExchange.Redis;

namespace Proxy.Core.Redis;

/// <summary>
/// Finds backends in the lists that their indexes refer to. The Redis that marks are written to is queried first: as
/// the primary it has a change before its replicas. It may lack the list, if it was not loaded yet or the two servers
/// are not linked; then the list that routes are read from counts.
/// </summary>
internal sealed class BackendLists(RedisConnections redis)
{
    /// <summary>Returns whether the Redis that marks are written to lists the backend at this index.</summary>
    public async Task<bool> HasAsync(string frontend, string url, int index)
    {
        var found = await redis.Write.Database.ListRangeAsync(Key(frontend), index + 1, index + 1);
        return found is [var only] && only == url;
    }

    /// <summary>
    /// Returns the 0-based indexes of a backend; empty when it has left the list. Null if that is uncertain, because
    /// there is no list or the two servers differ: try again later.
    /// </summary>
    public async Task<int[]?> FindAsync(string frontend, string url)
    {
        var written = await redis.Write.Database.ListRangeAsync(Key(frontend));
        var indexes = IndexesOf(url, written);
        if (indexes.Length > 0) return indexes;

        var isSame = Equals(redis.Read.Server, redis.Write.Server);
        if (isSame) return written.Length == 0 ? null : [];
        var read = await ReadAsync(frontend);
        var readIndexes = IndexesOf(url, read);
        if (written.Length == 0) return read.Length == 0 ? null : readIndexes;
        return read.Length == 0 || readIndexes.Length > 0 ? null : [];
    }

    // A list that cannot be read counts as missing.
    private async Task<RedisValue[]> ReadAsync(string frontend)
    {
        try
        {
            return await redis.Read.Database.ListRangeAsync(Key(frontend));
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            return [];
        }
    }

    private static int[] IndexesOf(string url, RedisValue[] list) =>
        [.. list.Skip(1).Index().Where(at => at.Item == url).Select(at => at.Index)];

    private static RedisKey Key(string frontend) =>
        new RedisKey("frontend:").Append(Encoding.Latin1.GetBytes(frontend));
}
