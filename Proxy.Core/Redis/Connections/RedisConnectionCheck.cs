using System.Globalization;
using System.Net;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>
/// Tries a configured Redis with the commands that the proxy will give it, and changes nothing: what would write stands
/// in a transaction that is discarded, which is refused all the same where it is not allowed.
/// </summary>
public sealed class RedisConnectionCheck
{
    private static readonly TimeSpan Limit = 3 * RedisConnection.Limit;

    private readonly RedisEndpoint _endpoint;
    private readonly RedisReasons _reasons;
    private readonly List<RedisFinding> _findings = [];

    private RedisConnectionCheck(RedisEndpoint endpoint) =>
        (_endpoint, _reasons) = (endpoint, new RedisReasons(endpoint));

    /// <summary>Everything there is to say, at least one finding.</summary>
    public static async Task<IReadOnlyList<RedisFinding>> RunAsync(RedisEndpoint endpoint, NameResolver names)
    {
        var trial = new RedisConnectionCheck(endpoint);
        try
        {
            var trust = endpoint.Tls is { } tls ? new RedisTrust(tls, endpoint.Role) : null;
            if (await trial.FindAsync(names, trust) is not { } server) return trial._findings;
            await trial.TryAsync(server, (at, cancel) => RespConnection.OpenAsync(at, names, trust, cancel));
        }
        catch (RedisRefusedException e)
        {
            trial.AddFinding(RedisTrouble.Files, e.Message);
        }

        return trial._findings;
    }

    /// <summary>The rights that the user has not and that would be missed, a line each; null if unknown.</summary>
    internal static async Task<IReadOnlyList<string>?> MissingRightsAsync(
        RedisEndpoint endpoint, EndPoint server, Func<EndPoint, CancellationToken, Task<RespConnection>> open)
    {
        var trial = new RedisConnectionCheck(endpoint);
        await trial.TryAsync(server, open);
        if (trial._findings.Exists(found => found.Trouble is RedisTrouble.Unreachable or RedisTrouble.Busy))
            return null;
        return [.. trial._findings
            .Where(found => found.Trouble is RedisTrouble.Command && found.Text.Contains("NOPERM"))
            .Select(found => found.Text[(RedisConnection.Text(server).Length + 2)..])];
    }

    private void AddFinding(RedisTrouble trouble, string text) => _findings.Add(new RedisFinding(trouble, text));

    // Each Sentinel is asked: one that does not help is missed only when the others are away.
    private async Task<EndPoint?> FindAsync(NameResolver names, RedisTrust? trust)
    {
        if (_endpoint.Sentinels.Count == 0) return _endpoint.Address;
        EndPoint? found = null;
        foreach (var address in _endpoint.Sentinels)
        {
            var sentinel = new Sentinels(_endpoint with { Sentinels = [address] }, names, trust);
            var master = await sentinel.FindMasterAsync(Limit);
            if (master is null)
            {
                var reason = sentinel.IsRefused ? sentinel.Trouble
                    : $"sentinel {RedisConnection.Text(address)}: it is away, or knows no \"{_endpoint.SentinelName}\"";
                AddFinding(RedisTrouble.Sentinel, reason);
            }

            found ??= master;
        }

        if (found is null)
            AddFinding(RedisTrouble.NoMaster, $"no sentinel knows the master \"{_endpoint.SentinelName}\"");
        return found;
    }

    private async Task TryAsync(EndPoint server, Func<EndPoint, CancellationToken, Task<RespConnection>> open)
    {
        var name = RedisConnection.Text(server);
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            using var connection = await open(server, limit.Token);
            await ConverseAsync(connection, name, limit.Token);
        }
        catch (RedisHandshakeException e)
        {
            AddFinding(RedisTrouble.Handshake, $"{name}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            AddFinding(RedisTrouble.Unreachable, $"{name}: no answer within {Limit.TotalSeconds} s");
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            AddFinding(RedisTrouble.Unreachable, $"{name}: {Tls.Innermost.MessageOf(e)}");
        }
    }

    private async Task ConverseAsync(RespConnection connection, string name, CancellationToken cancel)
    {
        if (_endpoint.Login.Auth is { Length: > 0 } auth && !await DoesAsync(RedisTrouble.Login, auth)) return;
        if (await RedisLoginCheck.WrongModeAsync(connection, _reasons, cancel) is { } wrong)
        {
            AddFinding(RedisTrouble.WrongMode, $"{name}: {wrong}");
            return;
        }

        var database = _endpoint.Database.ToString(CultureInfo.InvariantCulture);
        if (!await DoesAsync(RedisTrouble.Login, ["PING"])) return;
        if (_endpoint.Database != 0 && !await DoesAsync(RedisTrouble.Database, ["SELECT", database])) return;

        var before = _findings.Count;
        if (_endpoint.Role == "read") await ReadAsync(DoesAsync);
        else await WriteAsync(DoesAsync);
        if (_findings.Count == before) AddFinding(RedisTrouble.None, name);

        async Task<bool> DoesAsync(RedisTrouble trouble, string[] command)
        {
            var reply = await connection.CallAsync(cancel, command);
            var text = reply.ToString();
            if (!reply.IsError || text.Contains("EXEC without MULTI", StringComparison.Ordinal)) return true;
            var isSecret = trouble == RedisTrouble.Login;
            var words = _reasons.Of(text, command);
            AddFinding(KindOf(text, trouble), $"{name}: {(isSecret ? "" : string.Join(' ', command) + ": ")}{words}");
            return false;
        }
    }

    private async Task ReadAsync(Func<RedisTrouble, string[], Task<bool>> does)
    {
        foreach (var command in RedisCommands.Shared) await does(RedisTrouble.Command, command);
        foreach (var command in RedisCommands.Reads) await does(RedisTrouble.Command, command);
        if (_endpoint.HasCertificates) await does(RedisTrouble.Command, RedisCommands.Certificate);
        if (_endpoint.HasMonitor) await does(RedisTrouble.Command, RedisCommands.HealthCheck);
        if (!await does(RedisTrouble.NoPush, ["HELLO", "3"]) || !await does(RedisTrouble.NoPush, RedisFeed.Track))
            return;
        await does(RedisTrouble.Protection, RedisCommands.FeedChannel);
    }

    private async Task WriteAsync(Func<RedisTrouble, string[], Task<bool>> does)
    {
        foreach (var command in RedisCommands.Shared) await does(RedisTrouble.Command, command);

        // Without a transaction the rest would be done.
        if (await does(RedisTrouble.Command, ["MULTI"]))
        {
            foreach (var command in RedisCommands.Writes) await does(RedisTrouble.Command, command);
            foreach (var command in _endpoint.HasMonitor ? RedisCommands.Monitors : [])
                await does(RedisTrouble.Command, command);
            if (!await does(RedisTrouble.Command, ["DISCARD"])) return;
            await does(RedisTrouble.Command, ["EXEC"]);    // There is nothing to execute, which it says.
        }

        await does(RedisTrouble.Command, ["SUBSCRIBE", "dead"]);
    }

    private static RedisTrouble KindOf(string error, RedisTrouble otherwise) =>
        error.StartsWith("READONLY", StringComparison.Ordinal) ? RedisTrouble.ReadOnly
        : RedisReasons.IsCluster(error) ? RedisTrouble.WrongMode
        : RedisReasons.IsRefusal(error) ? otherwise
        : RedisTrouble.Busy;
}
