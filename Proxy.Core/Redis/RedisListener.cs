using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Redis;

/// <summary>
/// Keeps one plain connection to the server that a <see cref="RedisConnection"/> uses, for what that server pushes.
/// A silent server and a change of the server are noticed, and then it connects anew.
/// </summary>
internal sealed class RedisListener : IAsyncDisposable
{
    private static readonly TimeSpan PingPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan ReconnectWait = TimeSpan.FromMilliseconds(200);

    private readonly RedisConnection _redis;
    private readonly IRedisPushes _pushes;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _heardAt;

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
                wait = _pushes.Refused(e.Message);
            }
            catch (Exception e) when (IsLoss(e))
            {
                if (!_stop.IsCancellationRequested) _pushes.Lost(Explain(e));
            }
            await Task.Delay(wait, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(EndPoint server)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(RedisConnection.Limit);
        using var connection = await _redis.OpenAsync(server, limit.Token);
        await _pushes.GreetAsync(connection, _redis.Endpoint, limit.Token);

        Volatile.Write(ref _heardAt, Environment.TickCount64);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var pinging = PingAsync(connection, server, over.Token);
        try
        {
            while (true)
            {
                var value = await connection.ReadAsync(_stop.Token);
                Volatile.Write(ref _heardAt, Environment.TickCount64);
                _pushes.Receive(value);
            }
        }
        finally
        {
            await over.CancelAsync();
            await pinging;
        }
    }

    // Closing the connection is what ends the reading of it.
    private async Task PingAsync(RespConnection connection, EndPoint server, CancellationToken over)
    {
        try
        {
            using var timer = new PeriodicTimer(PingPeriod);
            while (await timer.WaitForNextTickAsync(over))
            {
                var silence = Environment.TickCount64 - Volatile.Read(ref _heardAt);
                if (silence > SilenceMax.TotalMilliseconds || !server.Equals(_redis.Server)) break;
                await connection.SendAsync(over, _pushes.Ping);
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The reading ends, too, and says so.
        }
        connection.Dispose();
    }

    // A server that does not answer has our waiting cancelled, one that is silent has its connection closed by us.
    private static string Explain(Exception e) =>
        e is OperationCanceledException or ObjectDisposedException
            or IOException { InnerException: SocketException { SocketErrorCode: SocketError.OperationAborted } }
            ? "no answer" : e.Message;

    private static bool IsLoss(Exception e) =>
        e is IOException or SocketException or OperationCanceledException or ObjectDisposedException;
}
