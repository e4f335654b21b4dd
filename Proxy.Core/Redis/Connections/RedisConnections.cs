using Proxy.Core.Dns;
using Proxy.Core.Redis.Failures;

namespace Proxy.Core.Redis.Connections;

/// <summary>
/// The two Redis servers of a node, often the same: routes are read from one, dead marks are written to the other.
/// </summary>
public sealed class RedisConnections : IAsyncDisposable
{
    private RedisConnections(RedisConnection read, RedisConnection write)
    {
        Read = read;
        Write = write;
    }

    /// <summary>Routes, certificates, ping.</summary>
    public RedisConnection Read { get; }

    /// <summary>Dead marks, and everything of the health monitor.</summary>
    public RedisConnection Write { get; }

    /// <summary>Connects to both, and resolves their names again for each connection.</summary>
    /// <param name="read">The Redis that routes are read from.</param>
    /// <param name="write">The Redis that dead marks are written to.</param>
    /// <param name="names">Resolves their names.</param>
    /// <param name="errors">Takes one line for each missing permission; null for none.</param>
    /// <exception cref="RedisRefusedException">One of them can be reached and cannot be used.</exception>
    public static async Task<RedisConnections> StartAsync(
        RedisEndpoint read, RedisEndpoint write, NameResolver names, Action<string>? errors = null)
    {
        var reading = RedisConnection.StartAsync(read, names, errors);
        var writing = RedisConnection.StartAsync(write, names, errors);
        try
        {
            return new RedisConnections(await reading, await writing);
        }
        catch
        {
            foreach (var start in (Task<RedisConnection>[])[reading, writing])
            {
                await ((Task)start).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (start.IsCompletedSuccessfully) await start.Result.DisposeAsync();
            }
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Write.DisposeAsync();
        await Read.DisposeAsync();
    }
}
