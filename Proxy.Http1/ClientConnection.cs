using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Core.Transport;
using Proxy.Http;
using Proxy.Http.Backends;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>One client connection from accept to close. One task runs it and owns its state.</summary>
internal sealed class ClientConnection(
    Connection client, ProxyContext context, Forwarder forwarder, ExchangePool exchanges, LingeringClose closing)
    : IClientConnection
{
    /// <summary>
    /// How long an idle connection stays open during a drain, so that a request already in flight is still answered.
    /// </summary>
    public static readonly TimeSpan IdleWhileDrainingMax = TimeSpan.FromSeconds(1);

    private readonly ClientInfo _clientInfo = new(client.RemoteEndPoint, context.TrustedProxies);
    private readonly Timeouts _timeouts = context.Timeouts;
    private readonly Deadlines _deadlines = context.Deadlines;
    private readonly long _since = context.Deadlines.LastTick;
    private volatile Exchange? _exchange;
    private volatile Tunnel? _tunnel;
    private EmptyLines _emptyLines;
    private BoundConnections? _bound;
    private volatile Ending _ending;
    private long _idleSince;
    private volatile bool _isIdle;
    private volatile bool _hasPartOfHead;
    private bool _isTunnelOver;

    /// <summary>Serves the client until its connection is closed.</summary>
    public async Task RunAsync()
    {
        var next = Disposition.Close;
        try
        {
            do
            {
                if (!client.Input.TryRead(out var read))
                {
                    // An idle connection holds neither buffers nor an exchange, and waits in this method only. Empty
                    // lines do not restart the idle timeout.
                    if (!_isIdle) BeginIdle();
                    read = await client.Input.ReadAsync();
                }

                next = HasRequest(read, out var otherwise) ? EndExchange(await ServeAsync()) : otherwise;
            }
            while (next == Disposition.KeepAlive);

            // The exchange has been returned to its pool, because a tunnel may be idle for days.
            if (next == Disposition.Tunnel) await _tunnel!.RunAsync(context.Drain.Left);
            EndTunnel();
            _ending = EndingAfter(next);
            await closing.EndAsync(client, _ending);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The client has disconnected.
        }
        catch (Exception e)
        {
            // A bug in the proxy closes this connection only.
            next = Disposition.Abort;
            context.ErrorLog.Write($"connection of {client.RemoteEndPoint} closed after an internal error: {e}");
        }
        finally
        {
            if (next == Disposition.Abort) client.Abort();
            if (_exchange is not null) EndExchange(next);
            EndTunnel();
            _bound?.Close();
            await client.DisposeAsync();
            context.Connections.Remove(this);
        }
    }

    /// <summary>
    /// Closes the connection soon if it is idle or has sent only part of a request head; closes a tunnel within the
    /// limit.
    /// </summary>
    public void Drain(TimeSpan limit)
    {
        _tunnel?.Drain(limit);
        if (_isIdle) client.ReadBy(_idleSince + (long)IdleWhileDrainingMax.TotalMilliseconds);
        else if (_hasPartOfHead) client.ReadBy(_deadlines.In(IdleWhileDrainingMax));
    }

    /// <summary>
    /// Aborts the current operation: a request that waits for its backend is answered, a response in progress is
    /// truncated. Another thread calls this, so a call may come between two waits and has to be repeated.
    /// </summary>
    public void Abort()
    {
        if (_tunnel is { } tunnel) tunnel.Drain(TimeSpan.Zero);
        else if (_isIdle) client.ReadBy(_deadlines.LastTick);
        if (_ending == Ending.Reset) client.Abort();

        // An exchange that has failed is being answered already.
        if (_exchange is not { Failure: Failure.None } exchange) return;
        exchange.Backend?.Abort();
        if (exchange.Stage == ConnectionStage.ReadingHead) client.Input.CancelPendingRead();
        else if (exchange.Stage == ConnectionStage.Sending) client.Output.CancelPendingFlush();
    }

    /// <inheritdoc/>
    public ConnectionStatus GetStatus()
    {
        var (exchange, tunnel) = (_exchange, _tunnel);
        var stage = tunnel is not null ? ConnectionStage.Tunnel
            : _isIdle ? ConnectionStage.Idle
            : exchange?.Stage ?? ConnectionStage.Closing;
        var host = tunnel is not null ? tunnel.Host : _isIdle ? null : exchange?.TryGetHost();
        return new ConnectionStatus(_deadlines.Now - _since, stage, client.RemoteEndPoint, client.LoopIndex, host);
    }

    private void BeginTunnel(Tunnel tunnel)
    {
        _tunnel = tunnel;
        context.Meter.BeginTunnel(client);
    }

    private void EndTunnel()
    {
        if (_tunnel is not { } tunnel || _isTunnelOver) return;
        _isTunnelOver = true;
        context.Meter.EndTunnel(client, tunnel);
        forwarder.End(tunnel);
    }

    private Ending EndingAfter(Disposition next) => next switch
    {
        Disposition.Linger => Ending.InOrder,
        Disposition.Close when HasUnread() => Ending.InOrder,
        Disposition.Tunnel => _tunnel!.ClientEnding,
        Disposition.Incomplete => Ending.Incomplete,
        Disposition.Reset => Ending.Reset,
        _ => Ending.None,
    };

    private void BeginIdle()
    {
        var idle = _timeouts.ClientIdle > TimeSpan.Zero ? _timeouts.ClientIdle : _timeouts.ClientRead;
        client.ReadBy(_deadlines.In(idle));
        _idleSince = _deadlines.LastTick;
        _isIdle = true;
        if (context.Drain.Left is { } limit) Drain(limit);
    }

    private bool HasRequest(in ReadResult read, out Disposition otherwise)
    {
        var isOver = read.IsCompleted || (read.IsCanceled && client.IsReadOverdue);
        otherwise = isOver ? Disposition.Close : Disposition.KeepAlive;
        var start = _emptyLines.Skip(read.Buffer, out var isRequest);
        client.Input.AdvanceTo(start, isRequest ? start : read.Buffer.End);
        if (isRequest || isOver) _isIdle = false;
        return isRequest;
    }

    // A request whose head has been received waits only in the forwarder.
    private ValueTask<Disposition> ServeAsync()
    {
        var exchange = exchanges.Rent(client);
        exchange.Begin(client, _clientInfo);
        exchange.Bound = _bound;
        _exchange = exchange;
        var reading = ReadHeadAsync(exchange);
        return reading.IsCompletedSuccessfully
            ? AnswerAsync(exchange, reading.Result)
            : AnswerLaterAsync(exchange, reading);
    }

    private ValueTask<Disposition> AnswerAsync(Exchange exchange, Failure failure) => failure == Failure.ClientGone
        ? new ValueTask<Disposition>(Disposition.Close)
        : forwarder.ServeAsync(exchange, failure);

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Disposition> AnswerLaterAsync(Exchange exchange, ValueTask<Failure> reading) =>
        await AnswerAsync(exchange, await reading);

    private Disposition EndExchange(Disposition next)
    {
        var exchange = _exchange!;
        if (exchange.Tunnel is { } tunnel) BeginTunnel(tunnel);

        // A write deadline that has passed during this response would cancel the next one.
        if (next == Disposition.KeepAlive && client.IsWriteOverdue) next = Disposition.Close;
        client.ReadBy(0);
        client.WriteBy(0);
        _exchange = null;
        _bound = exchange.Bound;
        exchanges.Return(exchange, client);
        return next;
    }

    // Most request heads arrive in one piece.
    private ValueTask<Failure> ReadHeadAsync(Exchange exchange)
    {
        var wholeBy = _deadlines.In(_timeouts.ClientRead);
        return client.Input.TryRead(out var read) && TakeHead(exchange, read, wholeBy) is { } outcome
            ? new ValueTask<Failure>(outcome)
            : WaitForHeadAsync(exchange, wholeBy);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Failure> WaitForHeadAsync(Exchange exchange, long wholeBy)
    {
        client.ReadBy(_deadlines.In(HeadTimeMax));
        _hasPartOfHead = true;
        if (context.Drain.Left is { } limit) Drain(limit);
        while (true)
        {
            var read = await client.Input.ReadAsync();
            _hasPartOfHead = false;
            var outcome = TakeHead(exchange, read, wholeBy);
            if (outcome == Failure.None) exchange.Timing.StartNow();
            if (outcome is not null) return outcome.Value;
            _hasPartOfHead = true;
        }
    }

    // Without a timeout of its own, an incomplete head counts as idle.
    private TimeSpan HeadTimeMax => _timeouts.ClientReadHeader > TimeSpan.Zero ? _timeouts.ClientReadHeader
        : _timeouts.ClientRead > TimeSpan.Zero ? _timeouts.ClientRead
        : _timeouts.ClientIdle;

    // Returns null while the head is incomplete.
    private Failure? TakeHead(Exchange exchange, in ReadResult read, long wholeBy)
    {
        if (read.IsCanceled && context.Drain.IsOver) return Failure.ClientGone;
        if (read.IsCanceled && client.IsReadOverdue)
        {
            exchange.Request.Reset();
            return Failure.ClientHeadTimeout;
        }

        var rejection = HeadReader.TakeRequest(client.Input, read.Buffer, exchange.Request, out var isWhole);
        if (rejection != Rejection.None)
        {
            (exchange.Rejection, exchange.Detail) = (rejection, RejectionText.Of(rejection, exchange.Request));
            return FailureAnswers.Of(rejection);
        }

        if (!isWhole) return read.IsCompleted ? Failure.ClientGone : null;
        client.ReadBy(exchange.Request.Framing.HasBody ? wholeBy : 0);
        client.WriteBy(_deadlines.In(_timeouts.ClientWrite));
        return Failure.None;
    }

    // Pipelined requests may follow the last one that is answered.                                    RFC 9112 §9.6
    private bool HasUnread()
    {
        if (!client.Input.TryRead(out var read)) return false;
        client.Input.AdvanceTo(_emptyLines.Skip(read.Buffer, out var isRequest));
        return isRequest && !read.IsCompleted;
    }
}
