using System.Globalization;
using System.Text;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Protocol;
using Proxy.Core.Routing.Health;

namespace Proxy.Core.Redis;

/// <summary>
/// Hears on the channel <c>dead</c> which backends other nodes saw fail: <c>HOST;URL;INDEX;COUNT</c>. It tells a
/// failure from a mark made by hand, which has no message.
/// </summary>
public sealed class DeadMessages : IRedisPushes, IAsyncDisposable
{
    private static readonly TimeSpan RefusedWait = TimeSpan.FromSeconds(10);

    private readonly RedisConnection _redis;
    private readonly Action<DeadMessage> _heard;
    private readonly RedisListener _listener;

    /// <param name="redis">The server that is told of dead backends.</param>
    /// <param name="heard">Given each message; must not block.</param>
    public DeadMessages(RedisConnection redis, Action<DeadMessage> heard)
    {
        (_redis, _heard) = (redis, heard);
        _listener = new RedisListener(redis, this);
    }

    string[][] IRedisPushes.Pings { get; } = [["PING"]];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    async Task IRedisPushes.GreetAsync(RespConnection connection, RedisEndpoint endpoint, CancellationToken cancel)
    {
        if (endpoint.Login.Auth is { Length: > 0 } auth) await AskAsync(auth);
        await AskAsync("SUBSCRIBE", "dead");

        async Task AskAsync(params string[] command)
        {
            var reply = await connection.CallAsync(cancel, command);

            // A password that nobody asks for any more is no reason to stay deaf.
            var isUnasked = reply.IsError && reply.ToString().Contains(
                "without any password configured", StringComparison.Ordinal);
            if (!isUnasked) _redis.Expect(reply);
        }
    }

    bool IRedisPushes.Receive(in RespValue value)
    {
        if (value.Items is [var kind, _, var message] && kind.Bytes.AsSpan().SequenceEqual("message"u8)) Read(message);
        return false;
    }

    void IRedisPushes.Lost(string reason)
    {
        // Marks themselves come by the dead set; the feed of changes reports the outage.
    }

    TimeSpan IRedisPushes.Refused(string reason)
    {
        _redis.Report($"{_redis.Name}: dead marks of other nodes are not received: {reason}");
        return RefusedWait;
    }

    private void Read(in RespValue message)
    {
        // The URL may hold semicolons: it is what is left between the first part and the last two.
        var bytes = message.Bytes.AsSpan();
        var nameEnd = bytes.IndexOf((byte)';');
        var countAt = bytes.LastIndexOf((byte)';');
        var indexAt = countAt < 0 ? -1 : bytes[..countAt].LastIndexOf((byte)';');
        if (nameEnd < 0 || indexAt <= nameEnd) return;
        if (!int.TryParse(bytes[(indexAt + 1)..countAt], CultureInfo.InvariantCulture, out var index)) return;
        var name = Encoding.Latin1.GetString(bytes[..nameEnd]);
        _heard(new DeadMessage(name, Encoding.UTF8.GetString(bytes[(nameEnd + 1)..indexAt]), index));
    }
}
