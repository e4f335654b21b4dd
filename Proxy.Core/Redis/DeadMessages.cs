using System.Globalization;
using System.Text;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Protocol;
using Proxy.Core.Routing.Health;

namespace Proxy.Core.Redis;

/// <summary>
/// Receives on the channel <c>dead</c> which backends failed on other nodes: <c>HOST;URL;INDEX;COUNT</c>. A mark made
/// by hand has no message.
/// </summary>
public sealed class DeadMessages : IRedisPushes, IAsyncDisposable
{
    private static readonly TimeSpan RefusedWait = TimeSpan.FromSeconds(10);

    private readonly RedisConnection _redis;
    private readonly Action<DeadMessage> _onMessage;
    private readonly RedisListener _listener;

    /// <param name="redis">The server on which dead marks are published.</param>
    /// <param name="onMessage">Receives each message; must not block.</param>
    public DeadMessages(RedisConnection redis, Action<DeadMessage> onMessage)
    {
        (_redis, _onMessage) = (redis, onMessage);
        _listener = new RedisListener(redis, this);
    }

    string[][] IRedisPushes.Pings { get; } = [["PING"]];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    async Task IRedisPushes.SubscribeAsync(RespConnection connection, RedisEndpoint endpoint, CancellationToken cancel)
    {
        if (endpoint.Login.Auth is { Length: > 0 } auth) await CallAsync(auth);
        await CallAsync("SUBSCRIBE", "dead");

        async Task CallAsync(params string[] command)
        {
            var reply = await connection.CallAsync(cancel, command);

            // A password that the server does not require is no reason to receive nothing.
            var isNoPasswordSet = reply.IsError && reply.ToString().Contains(
                "without any password configured", StringComparison.Ordinal);
            if (!isNoPasswordSet) _redis.Expect(reply);
        }
    }

    bool IRedisPushes.Receive(in RespValue value)
    {
        if (value.Items is [var kind, _, var message] && kind.Bytes.AsSpan().SequenceEqual("message"u8)) Read(message);
        return false;
    }

    void IRedisPushes.OnDisconnected(string reason)
    {
        // Dead marks also arrive with the dead set; the feed of changes reports the outage.
    }

    TimeSpan IRedisPushes.OnRefused(string reason)
    {
        _redis.Report($"{_redis.Name}: dead marks of other nodes are not received: {reason}");
        return RefusedWait;
    }

    private void Read(in RespValue message)
    {
        // The URL may contain semicolons: it is everything between the first part and the last two.
        var bytes = message.Bytes.AsSpan();
        var nameEnd = bytes.IndexOf((byte)';');
        var countAt = bytes.LastIndexOf((byte)';');
        var indexAt = countAt < 0 ? -1 : bytes[..countAt].LastIndexOf((byte)';');
        if (nameEnd < 0 || indexAt <= nameEnd) return;
        if (!int.TryParse(bytes[(indexAt + 1)..countAt], CultureInfo.InvariantCulture, out var index)) return;
        var name = Encoding.Latin1.GetString(bytes[..nameEnd]);
        _onMessage(new DeadMessage(name, Encoding.UTF8.GetString(bytes[(nameEnd + 1)..indexAt]), index));
    }
}
