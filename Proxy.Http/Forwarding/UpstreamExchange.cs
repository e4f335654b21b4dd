using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Core.Transport;
using Proxy.Http.Backends;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// One request and its response, with one backend: 3 send the head, 4 let the body flow, 5 read the response's head
/// (interim ones are passed on), 6 send it to the client, 7 pass its body on, 8 release the backend.
/// </summary>
internal sealed class UpstreamExchange(ProxyContext context)
{
    /// <summary>Interim responses to one request.</summary>
    public const int InterimResponsesMax = 64;

    /// <summary>How long a backend that has answered may take to accept the last bytes of the request.</summary>
    public static readonly TimeSpan LastBytesTimeMax = TimeSpan.FromSeconds(1);

    /// <summary>None when the client has its response; else what went wrong, with the client or the backend.</summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<Failure> RunAsync(Exchange exchange, BackendConnection backend)
    {
        var connection = exchange.Backend = backend.Connection;
        var release = Release.Abort;
        try
        {
            await SendAsync(exchange, backend);
            BeginWait(exchange, connection);

            // Requests wait here, and in no method below this one.
            var failure = backend.TakeHead(exchange, await connection.Input.ReadAsync())
                ?? await backend.ReadHeadAsync(exchange);
            if (failure == Failure.None && exchange.Response.Status < 200)
                failure = await PassInterimAsync(exchange, backend);
            exchange.Timing.EndWait();
            exchange.Watch.End();
            connection.ReadBy(0);
            connection.WriteBy(0);
            if (context.IsHipache && failure == Failure.None && Hipache.MarksDead(exchange.Response))
                context.Router.MarkDead(exchange.Choice);
            if (failure == Failure.None)
                failure = await (exchange.Response.Status == 101
                    ? SwitchAsync(exchange, connection)
                    : RelayAsync(exchange, backend));
            if (exchange.Tunnel is not null) release = Release.HandOver;
            var upload = await EndUploadAsync(exchange);
            if (failure != Failure.None) return Failed(exchange, upload, failure, out release);

            if (!exchange.RequestBody.IsTaken) exchange.Disposition = Disposition.Linger;
            var isReusable = exchange.Response.IsReusable && !exchange.MayLeaveBody;
            if (release != Release.HandOver && upload == BodyEnd.Complete)
                release = isReusable ? Release.Keep : Release.Close;
            return Failure.None;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            exchange.Timing.EndWait();
            exchange.Detail = e.Message;
            return Failed(exchange, await EndUploadAsync(exchange), Failure.BackendClosed, out release);
        }
        finally
        {
            exchange.Watch.End();
            exchange.Client.Watch = null;
            exchange.Backend = null;
            await ReleaseAsync(exchange, backend, release);
        }
    }

    // A request that was broken off before the wait began is not waited for.
    private static void BeginWait(Exchange exchange, Connection backend)
    {
        if (!exchange.Request.Framing.HasBody) exchange.Client.CheckForFin();
        exchange.Watch.Begin(exchange.Client, backend);
        if (exchange.RequestBody.IsBroken) exchange.Watch.EndWait();
        exchange.Timing.BeginWait();
    }

    // What a client had sent of a body before it broke off has its way to the backend before it.
    private static Failure Failed(Exchange exchange, BodyEnd upload, Failure failure, out Release release)
    {
        failure = FailureAttribution.Of(exchange, upload, failure);
        var isClients = failure is Failure.ClientGone or Failure.BadRequest or Failure.ClientBodyTimeout;
        release = isClients && exchange.Request.Framing.HasBody ? Release.CloseLate : Release.Abort;
        return failure;
    }

    private ValueTask ReleaseAsync(Exchange exchange, BackendConnection backend, Release release)
    {
        switch (release)
        {
            case Release.HandOver:
                return default;
            case Release.Keep when backend.IsBound || BoundConnections.AreNeededBy(exchange):
                (exchange.Bound ??= new BoundConnections(context.Pool)).Keep(backend);
                return default;
            case Release.Keep:
                context.Pool.Return(backend);
                return default;
            case Release.CloseLate:
                context.Pool.CloseLate(backend.Connection, Ending.Delivered);
                return default;
            case Release.Abort:
                backend.Connection.Abort();
                break;
        }

        return context.Pool.CloseAsync(backend.Connection);
    }

    // A backend that does not take it may have answered already, so its loss is told by the response, not here.
    private ValueTask<bool> SendAsync(Exchange exchange, BackendConnection backend)
    {
        backend.WriteHead(exchange);
        if (exchange.Request.Framing.HasBody)
        {
            exchange.RequestBody.Begin(
                exchange.Client, backend.Connection, exchange.RequestPlan, exchange.Request);
            return new ValueTask<bool>(true);
        }

        var answerBy = context.AnswerBy(exchange);
        backend.Connection.ReadBy(answerBy);
        backend.Connection.WriteBy(answerBy);
        return backend.Connection.Output.TryFlushAsync();
    }

    private ValueTask<BodyEnd> EndUploadAsync(Exchange exchange) =>
        exchange.Request.Framing.HasBody
            ? exchange.RequestBody.EndAsync(context.Deadlines.In(LastBytesTimeMax))
            : new ValueTask<BodyEnd>(BodyEnd.Complete);

    // 1xx responses go to the client as they come, until there is a final one.
    private static async ValueTask<Failure> PassInterimAsync(Exchange exchange, BackendConnection backend)
    {
        for (var interim = 0; interim < InterimResponsesMax; interim++)
        {
            if (!exchange.Response.IsInterim) return SwitchFailure(exchange);
            exchange.IsContinued |= exchange.Response.Status == 100;
            if (exchange.IsContinued) exchange.RequestBody.Continue();
            if (exchange.Protocol.TryWriteInterim(exchange) && !await exchange.Client.Output.TryFlushAsync())
                return Failure.ClientGone;

            exchange.Watch.Begin(exchange.Client, backend.Connection);
            var failure = await backend.ReadHeadAsync(exchange);
            if (failure != Failure.None) return failure;
        }

        return InvalidResponse(exchange, "too many interim responses");
    }

    private ValueTask<Failure> RelayAsync(Exchange exchange, BackendConnection backend)
    {
        var isKeptAlive = CanKeepAlive(exchange, backend);
        exchange.Disposition = isKeptAlive ? Disposition.KeepAlive : Disposition.Close;
        exchange.Status = exchange.Response.Status;
        exchange.IsAnswered = true;
        exchange.Protocol.WriteHead(exchange, isKeptAlive);
        var body = exchange.ResponseBody;
        body.Begin(backend.Connection, exchange.Client, exchange.ResponsePlan, exchange.Response);
        var downloading = body.RunAsync();
        exchange.Timing.OnHeadForwarded(isOver: downloading.IsCompletedSuccessfully);
        return downloading.IsCompletedSuccessfully
            ? new ValueTask<Failure>(EndRelay(exchange, downloading.Result))
            : RelayRestAsync(exchange, downloading);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Failure> RelayRestAsync(Exchange exchange, ValueTask<BodyEnd> downloading) =>
        EndRelay(exchange, await downloading);

    private Failure EndRelay(Exchange exchange, BodyEnd end)
    {
        if (end == BodyEnd.Complete) return Failure.None;
        if (end == BodyEnd.SourceMalformed) exchange.Detail = "invalid chunk or trailer";
        exchange.Disposition = end == BodyEnd.SinkGone && !context.Drain.IsOver ? Disposition.Cut
            : exchange.ResponseBody.IsFramed ? Disposition.Incomplete
            : Disposition.Reset;
        return end is BodyEnd.SinkGone or BodyEnd.Stopped ? Failure.ClientGone : Failure.BackendTruncated;
    }

    // 101 is valid only in answer to a request with Upgrade, once its body was received, and names the protocol.
    // RFC 9110 §7.8, §15.2.2
    private static Failure SwitchFailure(Exchange exchange)
    {
        if (exchange.Response.Status != 101) return Failure.None;
        if (!exchange.Request.WantsUpgrade || !exchange.Response.Has(FieldName.Upgrade))
            return InvalidResponse(exchange, "101 without an upgrade");
        return exchange.RequestBody.IsTaken
            ? Failure.None
            : InvalidResponse(exchange, "101 before the request body was read");
    }

    // What both sides have sent behind their heads is in their inputs still, and goes first.
    private async ValueTask<Failure> SwitchAsync(Exchange exchange, Connection backend)
    {
        if (await EndUploadAsync(exchange) != BodyEnd.Complete) return Failure.BackendClosed;
        exchange.Disposition = Disposition.Close;
        exchange.Status = exchange.Response.Status;
        exchange.IsAnswered = true;
        exchange.Protocol.WriteSwitch(exchange);
        if (!await exchange.Client.Output.TryFlushAsync()) return Failure.ClientGone;
        exchange.Disposition = Disposition.Tunnel;
        exchange.Tunnel = new Tunnel(exchange.Client, backend, context.Deadlines, context.Timeouts.TunnelIdle)
        {
            StartedAt = exchange.Timing.StartedAt,
            Host = exchange.TryGetHost(),
            Meter = context.Meter,
        };
        return Failure.None;
    }

    private bool CanKeepAlive(Exchange exchange, BackendConnection backend)
    {
        if (context.Drain.HasBegun || !exchange.Request.IsPersistent) return false;
        if (exchange.ResponsePlan.EndsWithReceiver()) return false;

        // A backend that closes before it has read everything will not read the rest: nor can we. One that has answered
        // with nothing left to say gets no more of the body, and the client is told.   RFC 9110 §10.1.1, RFC 9112 §9.6
        return exchange.RequestBody.IsTaken || (exchange.Response.IsPersistent && !exchange.MayLeaveBody &&
            !backend.HasBodyOf(exchange.Response));
    }

    /// <summary>What a backend's connection is good for afterwards.</summary>
    private enum Release : byte
    {
        Abort,
        Close,
        CloseLate,
        Keep,
        HandOver,
    }

    private static Failure InvalidResponse(Exchange exchange, string detail)
    {
        exchange.Detail = detail;
        return Failure.BackendInvalidResponse;
    }
}
