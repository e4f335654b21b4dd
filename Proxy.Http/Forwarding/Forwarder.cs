using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Core.Routing.Selection;
using Proxy.Http.Backends;
using Proxy.Http.Clients;
using Proxy.Http.Telemetry;

namespace Proxy.Http.Forwarding;

/// <summary>
/// The handling of one exchange from start to end: answer locally, or choose a backend, rent a connection to it and run
/// the <see cref="UpstreamExchange"/>; retry on a new connection or another backend where the request cannot be
/// processed twice; answer failures; log the exchange.
/// </summary>
internal sealed class Forwarder(ProxyContext context, ExchangeLog log)
{
    private readonly LocalAnswers _answers = new(context, log);
    private readonly UpstreamExchange _upstream = new(context);

    /// <summary>
    /// Serves a request whose head was read, or could not be read because of <paramref name="failure"/>. Returns what
    /// the client connection does next.
    /// </summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<Disposition> ServeAsync(Exchange exchange, Failure failure)
    {
        context.Meter.Begin(exchange);
        try
        {
            if (failure != Failure.None)
            {
                await _answers.RefuseAsync(exchange, failure);
            }
            else if (!await _answers.TryAnswerLocallyAsync(exchange))
            {
                failure = await ForwardAsync(exchange);
                if (failure != Failure.None) failure = await RetryAsync(exchange, failure);
                if (failure != Failure.None) await _answers.FailAsync(exchange, failure);
                exchange.Timing.Finish();
                log.Write(exchange);
            }

            return exchange.Disposition;
        }
        finally
        {
            context.Meter.End(exchange);
        }
    }

    /// <summary>
    /// Logs a tunnel that has ended, and closes its backend connection once the backend has received all bytes that the
    /// client sent.
    /// </summary>
    public void End(Tunnel tunnel)
    {
        log.Write(tunnel);
        context.Pool.CloseInBackground(tunnel.Backend, tunnel.BackendEnding);
    }

    private ValueTask<Failure> ForwardAsync(Exchange exchange)
    {
        context.RequestId.Ensure(exchange);
        return AttemptAsync(exchange, default);
    }

    // Retries after a failure, as long as the request cannot be processed twice.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Failure> RetryAsync(Exchange exchange, Failure failure)
    {
        var attempt = default(Attempt);
        var isFresh = false;
        while (exchange.Choice.Failure == Failure.None)
        {
            if (context.Drain.IsOver) return Failure.Stopped;
            Failure next;
            if (!isFresh && IsStale(exchange, failure))
            {
                isFresh = true;

                // The first attempt's time may have passed while the backend waited for the client's body.
                if (exchange.Request.Framing.HasBody) exchange.Timing.RestartAnswerTime();
                context.Meter.CountRetry(exchange, ExchangeCounter.RetriesOnNewConnection);
                next = await ReachAsync(exchange, isFresh);
            }
            else
            {
                if (IsLast(exchange, attempt, ref failure)) return failure;
                context.Meter.CountRetry(exchange, ExchangeCounter.RetriesOnOtherBackend);
                attempt = attempt.After(exchange.Choice.Backend!);
                isFresh = false;
                next = await AttemptAsync(exchange, attempt);
                if (next == Failure.AllBackendsDead) return failure;
            }

            if (next == Failure.None) return Failure.None;
            failure = next;
        }

        return failure;
    }

    private RouteLookup LookupOf(in Choice choice, bool isInMemory) => !isInMemory ? RouteLookup.Miss
        : choice.Route is null ? RouteLookup.Negative
        : context.Router.IsStale ? RouteLookup.Stale
        : RouteLookup.Hit;

    // The backend may close a pooled connection at the moment it is reused, or send bytes that belong to an earlier
    // response, such as a body after the response to HEAD. The request is then sent again on a new connection, if it
    // cannot be processed twice.
    private static bool IsStale(Exchange exchange, Failure failure) =>
        exchange.IsReused && exchange.IsRepeatable && failure switch
        {
            Failure.BackendClosed => !exchange.HasResponseBytes,
            Failure.BackendInvalidResponse => !exchange.HasResponseHead,
            _ => false,
        };

    // Marks an unreachable backend dead; returns false when another backend may be tried.
    private bool IsLast(Exchange exchange, Attempt attempt, ref Failure failure)
    {
        var isDead = failure is Failure.BackendUnreachable or Failure.BackendDialTimeout;
        if (!isDead && failure is not (Failure.OutOfPorts or Failure.BackendNameUnresolved)) return true;
        if (isDead && context.Router.MarkDead(exchange.Choice)) log.WriteDeadMark(exchange, failure);
        if (isDead && exchange.Choice.IsTrial)
        {
            failure = Failure.AllBackendsDead;
            return true;
        }

        return attempt.Count >= context.Retries || IsOutOfTime(exchange);
    }

    // Nearly all requests find their backend in memory and an idle connection to it. They wait in UpstreamExchange
    // only, because each further method that waits costs a state machine.
    private ValueTask<Failure> AttemptAsync(Exchange exchange, Attempt attempt)
    {
        var choosing = context.Router.ChooseAsync(exchange.Request[exchange.Request.Host], attempt);
        return choosing.IsCompletedSuccessfully
            ? ChosenAsync(exchange, attempt, choosing.Result, isInMemory: true)
            : ChooseAsync(exchange, attempt, choosing);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Failure> ChooseAsync(Exchange exchange, Attempt attempt, ValueTask<Choice> choosing) =>
        await ChosenAsync(exchange, attempt, await choosing, isInMemory: false);

    private ValueTask<Failure> ChosenAsync(Exchange exchange, in Attempt attempt, in Choice choice, bool isInMemory)
    {
        var isFirst = attempt.Count == 0;
        if (isFirst) exchange.Lookup = LookupOf(choice, isInMemory);
        else if (choice.Failure == Failure.AllBackendsDead) return new ValueTask<Failure>(choice.Failure);
        (exchange.Choice, exchange.Detail) = (choice, choice.Detail);
        if (choice.Failure != Failure.None) return new ValueTask<Failure>(choice.Failure);
        if (isFirst && exchange.Bound?.AddressAmong(choice.Route!) is { } bound)
            exchange.Choice = context.Router.Prefer(choice, bound);
        exchange.Timing.BackendRequestedAt = isFirst && isInMemory ? exchange.Timing.StartedAt : TurnClock.Now;
        return ReachAsync(exchange, isFresh: false);
    }

    private ValueTask<Failure> ReachAsync(Exchange exchange, bool isFresh)
    {
        var address = exchange.Choice.Backend!.Address!;
        exchange.Client.Watch = exchange.Watch;
        if (!isFresh && exchange.Bound?.TryTake(address) is { } bound)
            return ReachedAsync(exchange, new Rented(bound, Failure.None, null));
        var renting = context.Pool.RentAsync(address, exchange.Client, context.AnswerBy(exchange), isFresh);
        return renting.IsCompletedSuccessfully
            ? ReachedAsync(exchange, renting.Result)
            : ConnectAsync(exchange, renting);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Failure> ConnectAsync(Exchange exchange, ValueTask<Rented> connecting)
    {
        var since = TurnClock.Now;
        var rented = await connecting;
        exchange.Timing.AddConnectTime(TurnClock.Now - since);
        return await ReachedAsync(exchange, rented);
    }

    private ValueTask<Failure> ReachedAsync(Exchange exchange, in Rented rented)
    {
        exchange.CountAttempt(rented.Connection);
        exchange.Detail = rented.Detail;
        if (rented.Connection is not { } backend)
        {
            exchange.Client.Watch = null;
            return new ValueTask<Failure>(rented.Failure);
        }

        context.Router.ReportConnected(exchange.Choice);
        return _upstream.RunAsync(exchange, backend);
    }

    private bool IsOutOfTime(Exchange exchange) =>
        context.AnswerBy(exchange) is > 0 and var answerBy && context.Deadlines.Now >= answerBy;
}
