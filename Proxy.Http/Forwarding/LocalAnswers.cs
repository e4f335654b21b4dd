using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Http.Clients;
using Proxy.Http.Messages;
using Proxy.Http.Telemetry;

namespace Proxy.Http.Forwarding;

/// <summary>What the proxy answers by itself: its health, <c>OPTIONS *</c>, refusals and failures.</summary>
internal sealed class LocalAnswers(ProxyContext context, ExchangeLog log)
{
    /// <summary>Answers what is not for any backend; false when the request is to be forwarded.</summary>
    public ValueTask<bool> TryAnswerLocallyAsync(Exchange exchange)
    {
        var request = exchange.Request;
        if (request.Method == Method.Connect) return RefuseConnectAsync(exchange);
        if (request.Form == TargetForm.Asterisk) return SendAsync(exchange, FailureAnswers.NoContentToSay);
        if (request.MaxForwards == 0) return AnswerAsLastAsync(exchange);
        return request[request.Host].SequenceEqual("__ping__"u8) && request.Path.SequenceEqual("/"u8)
            ? PingAsync(exchange)
            : new ValueTask<bool>(false);
    }

    /// <summary>Answers a request whose bytes cannot be trusted; nothing after it is read.</summary>
    public async ValueTask RefuseAsync(Exchange exchange, Failure failure)
    {
        exchange.Failure = failure;
        if (exchange.Detail is not null) log.WriteRefusal(exchange, failure);
        exchange.Request.Framing = new Framing(BodyKind.UntilClose);
        await SendAsync(exchange, FailureAnswers.For(failure, context.IsHipache));
    }

    /// <summary>Answers a failed exchange, if it still can be answered, and tells the error log.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FailAsync(Exchange exchange, Failure failure)
    {
        exchange.Failure = failure;
        log.WriteFailure(exchange, failure);
        if (exchange.IsAnswered) return;
        if (!FailureAnswers.IsSilent(failure))
        {
            await SendAsync(exchange, FailureAnswers.For(failure, context.IsHipache));
            return;
        }

        exchange.Status = FailureAnswers.For(failure, context.IsHipache).Status;
        exchange.Disposition = Disposition.Cut;
    }

    // The request ends here, by its own wish (RFC 9110 §7.6.2). What TRACE would reflect may hold what only the
    // client and the backend should see.
    private ValueTask<bool> AnswerAsLastAsync(Exchange exchange) => SendAsync(exchange,
        exchange.Request.Method == Method.Options ? FailureAnswers.NoContentToSay : FailureAnswers.MethodNotAllowed);

    private async ValueTask<bool> RefuseConnectAsync(Exchange exchange)
    {
        await RefuseAsync(exchange, Failure.MethodNotAllowed);
        return true;
    }

    private async ValueTask<bool> PingAsync(Exchange exchange)
    {
        var reason = await context.Router.PingAsync();
        return await SendAsync(exchange, reason is null ? FailureAnswers.Ok : FailureAnswers.PingFailed(reason));
    }

    // The body of a request that is answered here stays unread: the next request would start in the middle of it.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> SendAsync(Exchange exchange, Answer answer)
    {
        var request = exchange.Request;
        var isKeptAlive = request.IsPersistent && !request.Framing.HasBody && !context.Drain.HasBegun;
        exchange.Disposition = request.Framing.HasBody ? Disposition.Linger
            : isKeptAlive ? Disposition.KeepAlive
            : Disposition.Close;
        exchange.Status = answer.Status;
        exchange.IsAnswered = true;
        exchange.AnswerBytes = request.Method == Method.Head ? 0 : answer.Body.Length;
        exchange.Protocol.WriteAnswer(exchange, answer, isKeptAlive);
        if (!await exchange.Client.Output.TryFlushAsync()) exchange.Disposition = Disposition.Cut;
        return true;
    }
}
