using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Core.Transport;
using Proxy.Http.Backends;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// The exchange with one backend: sends the request head, starts the upload of the body, reads the response head
/// (forwarding interim responses), sends it to the client, forwards the response body, and releases the connection.
/// </summary>
internal sealed class UpstreamExchange(ProxyContext context)
{
    /// <summary>Maximum number of interim responses to one request.</summary>
    public const int InterimResponsesMax = 64;

    /// <summary>How long a backend that has responded may take to accept the last bytes of the request.</summary>
    public static readonly TimeSpan LastBytesTimeMax = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Runs the exchange; returns <see cref="Failure.None"/> when the response was forwarded, otherwise the failure of
    /// the client or the backend.
    /// </summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<Failure> RunAsync(Exchange exchange, BackendConnection backend)
    {
        var connection = exchange.Backend = backend.Connection;
        var release = Release.Abort;
        try
        {
            await SendAsync(exchange, backend);
            BeginWait(exchange, connection);

            // Requests wait here and not in a method below, which would cost another state machine.
            var failure = backend.TakeHead(exchange, await connection.Input.ReadAsync())
                ?? await backend.ReadHeadAsync(exchange);
            if (failure == Failure.None && exchange.Response.Status < 200)
                failure = await ForwardInterimAsync(exchange, backend);
            exchange.Timing.EndWait();
            exchange.Watch.End();
            connection.ReadBy(0);
            connection.WriteBy(0);
            if (context.IsHipache && failure == Failure.None && Hipache.MarksDead(exchange.Response))
                context.Router.MarkDead(exchange.Choice);
            if (failure == Failure.None)
                failure = await (exchange.Response.Status == 101
                    ? SwitchAsync(exchange, connection)
                    : ForwardResponseAsync(exchange, backend));
            if (exchange.Tunnel is not null) release = Release.HandOver;
            var upload = await EndUploadAsync(exchange);
            if (failure != Failure.None) return Failed(exchange, upload, failure, out release);

            if (!exchange.RequestBody.IsReadToEnd) exchange.Disposition = Disposition.Linger;
            var isReusable = exchange.Response.IsReusable && !exchange.MayLeaveBody;
            if (release != Release.HandOver && upload == BodyEnd.Complete)
                release = isReusable ? Release.Reuse : Release.Close;
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

    // If the upload failed before the wait begins, the wait ends at once.
    private static void BeginWait(Exchange exchange, Connection backend)
    {
        if (!exchange.Request.Framing.HasBody) exchange.Client.CheckForFin();
        exchange.Watch.Begin(exchange.Client, backend);
        if (exchange.RequestBody.IsBroken) exchange.Watch.EndWait();
        exchange.Timing.BeginWait();
    }

    // When the client fails during the upload, the bytes it sent are delivered before the backend connection closes.
    private static Failure Failed(Exchange exchange, BodyEnd upload, Failure failure, out Release release)
    {
        failure = FailureAttribution.Of(exchange, upload, failure);
        var isClientFailure = failure is Failure.ClientGone or Failure.BadRequest or Failure.ClientBodyTimeout;
        release = isClientFailure && exchange.Request.Framing.HasBody ? Release.CloseInBackground : Release.Abort;
        return failure;
    }

    private ValueTask ReleaseAsync(Exchange exchange, BackendConnection backend, Release release)
    {
        switch (release)
        {
            case Release.HandOver:
                return default;
            case Release.Reuse when backend.IsBound || BoundConnections.AreNeededBy(exchange):
                (exchange.Bound ??= new BoundConnections(context.Pool)).Add(backend);
                return default;
            case Release.Reuse:
                context.Pool.Return(backend);
                return default;
            case Release.CloseInBackground:
                context.Pool.CloseInBackground(backend.Connection, Ending.Delivered);
                return default;
            case Release.Abort:
                backend.Connection.Abort();
                break;
        }

        return context.Pool.CloseAsync(backend.Connection);
    }

    // A backend that stops reading may have responded already, so a failed send is ignored: the read of the response
    // reports the loss.
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

    // Forwards 1xx responses to the client until the final response arrives.
    private static async ValueTask<Failure> ForwardInterimAsync(Exchange exchange, BackendConnection backend)
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

    private ValueTask<Failure> ForwardResponseAsync(Exchange exchange, BackendConnection backend)
    {
        var plan = exchange.ResponsePlan;
        var isKeptAlive = !plan.EndsWithReceiver() && CanKeepAlive(exchange, backend);
        exchange.Disposition = isKeptAlive ? Disposition.KeepAlive : Disposition.Close;
        exchange.Status = exchange.Response.Status;
        exchange.IsAnswered = true;
        exchange.Protocol.WriteHead(exchange, isKeptAlive);
        var body = exchange.ResponseBody;
        body.Begin(backend.Connection, exchange.Client, plan, exchange.Response);
        var downloading = body.RunAsync();
        exchange.Timing.OnHeadForwarded(isOver: downloading.IsCompletedSuccessfully);
        return downloading.IsCompletedSuccessfully
            ? new ValueTask<Failure>(EndResponse(exchange, downloading.Result))
            : AwaitBodyAsync(exchange, downloading);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<Failure> AwaitBodyAsync(Exchange exchange, ValueTask<BodyEnd> downloading) =>
        EndResponse(exchange, await downloading);

    private Failure EndResponse(Exchange exchange, BodyEnd end)
    {
        if (end == BodyEnd.Complete) return Failure.None;
        if (end == BodyEnd.SourceMalformed) exchange.Detail = "invalid chunk or trailer";
        exchange.Disposition = end == BodyEnd.SinkGone && !context.Drain.IsOver ? Disposition.Abort
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
        return exchange.RequestBody.IsReadToEnd
            ? Failure.None
            : InvalidResponse(exchange, "101 before the request body was read");
    }

    // Bytes that both sides have sent after their heads are still in their inputs; the tunnel forwards them first.
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

        // A backend that closes before it has read the whole request will not read the rest, so the rest cannot be
        // forwarded. A backend whose response is complete does not receive more of the body either. In both cases the
        // client is sent "Connection: close".                                          RFC 9110 §10.1.1, RFC 9112 §9.6
        return exchange.RequestBody.IsReadToEnd || (exchange.Response.IsPersistent && !exchange.MayLeaveBody &&
            !backend.HasBodyOf(exchange.Response));
    }

    /// <summary>What happens to the backend connection after the exchange.</summary>
    private enum Release : byte
    {
        Abort,
        Close,
        CloseInBackground,
        Reuse,
        HandOver,
    }

    private static Failure InvalidResponse(Exchange exchange, string detail)
    {
        exchange.Detail = detail;
        return Failure.BackendInvalidResponse;
    }
}
