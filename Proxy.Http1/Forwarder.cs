using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Core.Routing.Selection;
using Proxy.Http1.Metrics;

namespace Proxy.Http1;

/// <summary>
/// The story of one request, from a read head to a released backend: 1 choose a backend, 2 rent a connection to it,
/// 3 to 8 the <see cref="UpstreamExchange"/>; and all of it again, elsewhere or afresh, where nothing can happen twice.
/// </summary>
internal sealed class Forwarder(
    ProxyContext shared, Drain drain, RequestTransform toBackend, ResponseTransform toClient)
{
    private readonly ExchangeLog _log = new(shared, toBackend);
    private readonly UpstreamExchange _conversation = new(shared, drain, toBackend, toClient);

    /// <summary>
    /// Forwards the request and its response. What is returned when nothing of a response was sent can still be
    /// answered; afterwards <see cref="Exchange.Disposition"/> tells what the client's connection is good for. Give a
    /// failure to <see cref="RetryAsync"/>.
    /// </summary>
    public ValueTask<Failure> ForwardAsync(Exchange exchange)
    {
        toBackend.EnsureRequestId(exchange);
        return AttemptAsync(exchange, default);
    }

    /// <summary>After a failure: tries again where nothing can happen twice, and tells how it ended.</summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<Failure> RetryAsync(Exchange exchange, Failure failure)
    {
        var attempt = default(Attempt);
        var isFresh = false;
        while (exchange.Choice.Failure == Failure.None)
        {
            if (drain.IsOver) return Failure.Stopped;
            Failure next;
            if (!isFresh && IsStale(exchange, failure))
            {
                isFresh = true;
                exchange.RestartAnswerTime();
                shared.Meter.Retried(exchange, ExchangeCounter.RetriesOnNewConnection);
                next = await ReachAsync(exchange, isFresh);
            }
            else
            {
                if (IsLast(exchange, attempt, ref failure)) return failure;
                shared.Meter.Retried(exchange, ExchangeCounter.RetriesOnOtherBackend);
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

    /// <summary>
    /// Closes the backend's connection of a tunnel that has ended, once the backend has received what the client sent.
    /// </summary>
    public void Close(Tunnel tunnel) => shared.Pool.CloseLate(tunnel.Backend, tunnel.BackendEnding);

    private RouteLookup LookupOf(in Choice choice, bool isInMemory) => !isInMemory ? RouteLookup.Miss
        : choice.Route is null ? RouteLookup.Negative
        : shared.Router.IsStale ? RouteLookup.Stale
        : RouteLookup.Hit;

    // A pooled connection may close at the very moment it is used, or receive what belongs to an earlier response, such
    // as a body behind the answer to HEAD: once more, on a new one, if nothing can happen twice.
    private static bool IsStale(Exchange exchange, Failure failure) =>
        exchange.IsReused && exchange.IsRepeatable && failure switch
        {
            Failure.BackendClosed => !exchange.HasResponseBytes,
            Failure.BackendInvalidResponse => !exchange.HasResponseHead,
            _ => false,
        };

    // Marks what is dead; false when another backend may be tried.
    private bool IsLast(Exchange exchange, Attempt attempt, ref Failure failure)
    {
        var isDead = failure is Failure.BackendUnreachable or Failure.BackendDialTimeout;
        if (!isDead && failure is not (Failure.OutOfPorts or Failure.BackendNameUnresolved)) return true;
        if (isDead && shared.Router.MarkDead(exchange.Choice)) _log.WriteDeadMark(exchange, failure);
        if (isDead && exchange.Choice.IsTrial)
        {
            failure = Failure.AllBackendsDead;
            return true;
        }

        return attempt.Count >= shared.Retries || IsOutOfTime(exchange);
    }

    // Nearly all requests find their backend in memory and an idle connection to it, and wait in no method but the one
    // that converses with it: each that waits costs.
    private ValueTask<Failure> AttemptAsync(Exchange exchange, Attempt attempt)
    {
        var choosing = shared.Router.ChooseAsync(exchange.Request[exchange.Request.Host], attempt);
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
            exchange.Choice = shared.Router.Prefer(choice, bound);
        exchange.BackendRequestedAt = isFirst && isInMemory ? exchange.StartedAt : TurnClock.Now;
        return ReachAsync(exchange, isFresh: false);
    }

    private ValueTask<Failure> ReachAsync(Exchange exchange, bool isFresh)
    {
        var address = exchange.Choice.Backend!.Address!;
        exchange.Client.Watch = exchange.Watch;
        if (!isFresh && exchange.Bound?.TryTake(address) is { } bound)
            return ReachedAsync(exchange, new Rented(bound, Failure.None, null));
        var renting = shared.Pool.RentAsync(address, exchange.Client, shared.AnswerBy(exchange), isFresh);
        return renting.IsCompletedSuccessfully
            ? ReachedAsync(exchange, renting.Result)
            : ConnectAsync(exchange, renting);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Failure> ConnectAsync(Exchange exchange, ValueTask<Rented> connecting)
    {
        var since = TurnClock.Now;
        var rented = await connecting;
        exchange.AddConnectTime(TurnClock.Now - since);
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

        shared.Router.ReportConnected(exchange.Choice);
        return _conversation.RunAsync(exchange, backend);
    }

    private bool IsOutOfTime(Exchange exchange) =>
        shared.AnswerBy(exchange) is > 0 and var answerBy && shared.Deadlines.Now >= answerBy;
}
