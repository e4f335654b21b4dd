using System.Globalization;
using System.Net;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>
/// Tries a configured Redis with the commands that the proxy will send, and changes nothing: writes are queued in a
/// transaction that is discarded, and are still rejected if they are not permitted.
/// </summary>
public sealed class RedisConnectionCheck
{
    private static readonly TimeSpan Limit = 3 * RedisConnection.Limit;

    private readonly RedisEndpoint _endpoint;
    private readonly RedisReasons _reasons;
    private readonly List<RedisFinding> _findings = [];

    private RedisConnectionCheck(RedisEndpoint endpoint) =>
        (_endpoint, _reasons) = (endpoint, new RedisReasons(endpoint));

    /// <summary>Returns all findings, at least one.</summary>
    public static async Task<IReadOnlyList<RedisFinding>> RunAsync(RedisEndpoint endpoint, NameResolver names)
    {
        var check = new RedisConnectionCheck(endpoint);
        try
        {
            var trust = endpoint.Tls is { } tls ? new RedisTrust(tls, endpoint.Role) : null;
            if (await check.FindAsync(names, trust) is not { } server) return check._findings;
            await check.TryAsync(server, (at, cancel) => RespConnection.OpenAsync(at, names, trust, cancel));
        }
        catch (RedisRefusedException e)
        {
            check.AddFinding(RedisProblem.Files, e.Message);
        }

        return check._findings;
    }

    /// <summary>
    /// Returns the permissions that the user lacks and the proxy needs, a line each; null if unknown.
    /// </summary>
    internal static async Task<IReadOnlyList<string>?> MissingRightsAsync(
        RedisEndpoint endpoint, EndPoint server, Func<EndPoint, CancellationToken, Task<RespConnection>> open)
    {
        var check = new RedisConnectionCheck(endpoint);
        await check.TryAsync(server, open);
        if (check._findings.Exists(found => found.Problem is RedisProblem.Unreachable or RedisProblem.Busy))
            return null;
        return [.. check._findings
            .Where(found => found.Problem is RedisProblem.Command && found.Text.Contains("NOPERM"))
            .Select(found => found.Text[(RedisConnection.Text(server).Length + 2)..])];
    }

    private void AddFinding(RedisProblem problem, string text) => _findings.Add(new RedisFinding(problem, text));

    // Each Sentinel is queried: one that does not help is needed only when the others are unavailable.
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
                var reason = sentinel.IsRefused ? sentinel.Problem
                    : $"sentinel {RedisConnection.Text(address)}: unavailable, or without \"{_endpoint.SentinelName}\"";
                AddFinding(RedisProblem.Sentinel, reason);
            }

            found ??= master;
        }

        if (found is null)
            AddFinding(RedisProblem.NoMaster, $"no sentinel knows the master \"{_endpoint.SentinelName}\"");
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
            AddFinding(RedisProblem.Handshake, $"{name}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            AddFinding(RedisProblem.Unreachable, $"{name}: no answer within {Limit.TotalSeconds} s");
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            AddFinding(RedisProblem.Unreachable, $"{name}: {Tls.RootCause.MessageOf(e)}");
        }
    }

    private async Task ConverseAsync(RespConnection connection, string name, CancellationToken cancel)
    {
        if (_endpoint.Login.Auth is { Length: > 0 } auth && !await DoesAsync(RedisProblem.Login, auth)) return;
        if (await RedisLoginCheck.WrongModeAsync(connection, _reasons, cancel) is { } wrong)
        {
            AddFinding(RedisProblem.WrongMode, $"{name}: {wrong}");
            return;
        }

        var database = _endpoint.Database.ToString(CultureInfo.InvariantCulture);
        if (!await DoesAsync(RedisProblem.Login, ["PING"])) return;
        if (_endpoint.Database != 0 && !await DoesAsync(RedisProblem.Database, ["SELECT", database])) return;

        var before = _findings.Count;
        if (_endpoint.Role == "read") await ReadAsync(DoesAsync);
        else await WriteAsync(DoesAsync);
        if (_findings.Count == before) AddFinding(RedisProblem.None, name);

        async Task<bool> DoesAsync(RedisProblem problem, string[] command)
        {
            var reply = await connection.CallAsync(cancel, command);
            var text = reply.ToString();
            if (!reply.IsError || text.Contains("EXEC without MULTI", StringComparison.Ordinal)) return true;
            var isSecret = problem == RedisProblem.Login;
            var words = _reasons.Of(text, command);
            AddFinding(KindOf(text, problem), $"{name}: {(isSecret ? "" : string.Join(' ', command) + ": ")}{words}");
            return false;
        }
    }

    private async Task ReadAsync(Func<RedisProblem, string[], Task<bool>> does)
    {
        foreach (var command in RedisCommands.Shared) await does(RedisProblem.Command, command);
        foreach (var command in RedisCommands.Reads) await does(RedisProblem.Command, command);
        if (_endpoint.HasCertificates) await does(RedisProblem.Command, RedisCommands.Certificate);
        if (_endpoint.HasMonitor) await does(RedisProblem.Command, RedisCommands.HealthCheck);
        if (!await does(RedisProblem.NoPush, ["HELLO", "3"]) || !await does(RedisProblem.NoPush, RedisFeed.Track))
            return;
        await does(RedisProblem.Protection, RedisCommands.FeedChannel);
    }

    private async Task WriteAsync(Func<RedisProblem, string[], Task<bool>> does)
    {
        foreach (var command in RedisCommands.Shared) await does(RedisProblem.Command, command);

        // Without a transaction the rest would be done.
        if (await does(RedisProblem.Command, ["MULTI"]))
        {
            foreach (var command in RedisCommands.Writes) await does(RedisProblem.Command, command);
            foreach (var command in _endpoint.HasMonitor ? RedisCommands.Monitors : [])
                await does(RedisProblem.Command, command);
            if (!await does(RedisProblem.Command, ["DISCARD"])) return;
            await does(RedisProblem.Command, ["EXEC"]);    // The reply is an error: nothing to execute.
        }

        await does(RedisProblem.Command, ["SUBSCRIBE", "dead"]);
    }

    private static RedisProblem KindOf(string error, RedisProblem otherwise) =>
        error.StartsWith("READONLY", StringComparison.Ordinal) ? RedisProblem.ReadOnly
        : RedisReasons.IsCluster(error) ? RedisProblem.WrongMode
        : RedisReasons.IsRefusal(error) ? otherwise
        : RedisProblem.Busy;
}
