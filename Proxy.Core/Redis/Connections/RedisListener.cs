using System.Net;
using System.Net.Sockets;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>
/// Maintains one plain connection to the server that a <see cref="RedisConnection"/> uses, for what that server pushes.
/// It notices a silent server and a change of the server, and then connects again.
/// </summary>
internal sealed class RedisListener : IAsyncDisposable
{
    private static readonly TimeSpan PingPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan ReconnectWait = TimeSpan.FromMilliseconds(200);

    private readonly RedisConnection _redis;
    private readonly IRedisPushes _pushes;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _pingWanted = new(0);
    private readonly Task _running;
    private volatile string? _closeReason;
    private long _receivedAt;

    public RedisListener(RedisConnection redis, IRedisPushes pushes)
    {
        _redis = redis;
        _pushes = pushes;
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _pingWanted.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var wait = ReconnectWait;
            try
            {
                if (_redis.Server is { } server) await ListenAsync(server);
            }
            catch (RedisPushesRefusedException e)
            {
                wait = _pushes.OnRefused(e.Message);
            }
            catch (Exception e) when (RedisFailure.Is(e))
            {
                if (!_stop.IsCancellationRequested) _pushes.OnDisconnected(_closeReason ?? Explain(e));
            }
            await Task.Delay(wait, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(EndPoint server)
    {
        var generation = _redis.Generation;
        _closeReason = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(RedisConnection.Limit);
        using var connection = await _redis.OpenAsync(server, limit.Token);
        await _pushes.SubscribeAsync(connection, _redis.Endpoint, limit.Token);

        Volatile.Write(ref _receivedAt, Environment.TickCount64);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var pinging = PingAsync(connection, generation, over.Token);
        try
        {
            while (true)
            {
                var value = await connection.ReadAsync(_stop.Token);
                Volatile.Write(ref _receivedAt, Environment.TickCount64);
                if (_pushes.Receive(value) && _pingWanted.CurrentCount == 0) _pingWanted.Release();
            }
        }
        finally
        {
            await over.CancelAsync();
            await pinging;
        }
    }

    // Closing the connection ends the read.
    private async Task PingAsync(RespConnection connection, int generation, CancellationToken over)
    {
        try
        {
            while (true)
            {
                await _pingWanted.WaitAsync(PingPeriod, over);
                var silence = Environment.TickCount64 - Volatile.Read(ref _receivedAt);
                if (generation != _redis.Generation) _closeReason = "its address has changed or it was replaced";
                if (silence > SilenceMax.TotalMilliseconds || _closeReason is not null) break;
                foreach (var command in _pushes.Pings) await connection.SendAsync(over, command);
            }
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            // The read ends too, and reports it.
        }

        connection.Dispose();
    }

    // A server that does not answer has our wait cancelled, a silent one has its connection closed by us.
    private static string Explain(Exception e) =>
        e is OperationCanceledException or ObjectDisposedException
            or IOException { InnerException: SocketException { SocketErrorCode: SocketError.OperationAborted } }
            ? "no answer"
        : e is IOException or SocketException ? e.Message
        : $"it cannot be connected to ({e.GetType().Name})";
}
