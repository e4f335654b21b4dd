using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Proxy.Core.Dns;

namespace Proxy.Core.Redis;

/// <summary>
/// Tries a configured Redis with the commands that the proxy will give it, and changes nothing: what would write stands
/// in a transaction that is discarded, which is refused all the same where it is not allowed.
/// </summary>
public sealed class RedisTrial
{
    private static readonly TimeSpan Limit = 3 * RedisConnection.Limit;

    private static readonly string[][] Reads =
    [
        ["ECHO", "planb"], ["LRANGE", "frontend:planb.check", "0", "-1"], ["SMEMBERS", "dead:planb.check"],
        ["PTTL", "dead:planb.check"], ["HMGET", "tls:planb.check", "certificate", "key"],
    ];

    private static readonly string[][] Writes =
    [
        ["ECHO", "planb"], ["MULTI"], ["SADD", "dead:planb.check", "0"], ["EXPIRE", "dead:planb.check", "1"],
        ["PUBLISH", "dead", ""], ["SREM", "dead:planb.check", "0"], ["DISCARD"], ["SUBSCRIBE", "dead"],
    ];

    private readonly RedisEndpoint _endpoint;
    private readonly NameResolver _names;
    private readonly List<RedisFinding> _findings = [];

    private RedisTrial(RedisEndpoint endpoint, NameResolver names) => (_endpoint, _names) = (endpoint, names);

    /// <summary>Everything there is to say, at least one finding.</summary>
    public static async Task<IReadOnlyList<RedisFinding>> RunAsync(RedisEndpoint endpoint, NameResolver names)
    {
        var trial = new RedisTrial(endpoint, names);
        try
        {
            var trust = endpoint.Tls is { } tls ? new RedisTrust(tls, endpoint.Role) : null;
            if (await trial.FindAsync(trust) is { } server) await trial.TryAsync(server, trust);
        }
        catch (RedisRefusedException e)
        {
            trial.Tell(RedisTrouble.Files, e.Message);
        }

        return trial._findings;
    }

    private void Tell(RedisTrouble trouble, string text) => _findings.Add(new RedisFinding(trouble, text));

    // Each Sentinel is asked: one that does not help is missed only when the others are away.
    private async Task<EndPoint?> FindAsync(RedisTrust? trust)
    {
        if (_endpoint.Sentinels.Count == 0) return _endpoint.Address;
        EndPoint? found = null;
        foreach (var address in _endpoint.Sentinels)
        {
            var sentinel = new Sentinels(_endpoint with { Sentinels = [address] }, _names, trust);
            var master = await sentinel.FindMasterAsync(Limit);
            if (master is null)
            {
                var reason = sentinel.IsRefused ? sentinel.Trouble
                    : $"sentinel {RedisConnection.Text(address)}: it is away, or knows no \"{_endpoint.SentinelName}\"";
                Tell(RedisTrouble.Sentinel, reason);
            }

            found ??= master;
        }

        if (found is null) Tell(RedisTrouble.NoMaster, $"no sentinel knows the master \"{_endpoint.SentinelName}\"");
        return found;
    }

    private async Task TryAsync(EndPoint server, RedisTrust? trust)
    {
        var name = RedisConnection.Text(server);
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            using var connection = await RespConnection.OpenAsync(server, _names, trust, limit.Token);
            await ConverseAsync(connection, name, limit.Token);
        }
        catch (RedisHandshakeException e)
        {
            Tell(RedisTrouble.Handshake, $"{name}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            Tell(RedisTrouble.Unreachable, $"{name}: no answer within {Limit.TotalSeconds} s");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            Tell(RedisTrouble.Unreachable, $"{name}: {Tls.Innermost.MessageOf(e)}");
        }
    }

    private async Task ConverseAsync(RespConnection connection, string name, CancellationToken cancel)
    {
        if (_endpoint.Login.Auth is { Length: > 0 } auth && !await DoesAsync(RedisTrouble.Login, auth)) return;
        var database = _endpoint.Database.ToString(CultureInfo.InvariantCulture);
        if (!await DoesAsync(RedisTrouble.Login, ["PING"])) return;
        if (_endpoint.Database != 0 && !await DoesAsync(RedisTrouble.Database, ["SELECT", database])) return;

        var before = _findings.Count;
        foreach (var command in _endpoint.Role == "read" ? Reads : Writes)
            await DoesAsync(RedisTrouble.Command, command);
        if (_endpoint.Role == "read" && await DoesAsync(RedisTrouble.NoPush, ["HELLO", "3"]))
            await DoesAsync(RedisTrouble.NoPush, RedisFeed.Track);
        if (_findings.Count == before) Tell(RedisTrouble.None, name);

        async Task<bool> DoesAsync(RedisTrouble trouble, string[] command)
        {
            var reply = await connection.AskAsync(cancel, command);
            if (!reply.IsError) return true;
            var text = reply.ToString();
            var isSecret = trouble == RedisTrouble.Login;
            Tell(KindOf(text, trouble), isSecret ? $"{name}: {text}" : $"{name}: {string.Join(' ', command)}: {text}");
            return false;
        }
    }

    private static RedisTrouble KindOf(string error, RedisTrouble otherwise) =>
        error.StartsWith("READONLY", StringComparison.Ordinal) ? RedisTrouble.ReadOnly
        : RedisConnection.IsRefusal(error) ? otherwise
        : RedisTrouble.Busy;
}
