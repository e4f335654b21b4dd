using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Http.Clients;
using Proxy.Http.Messages;
using Proxy.Http.Telemetry;

namespace Proxy.Http.Forwarding;

/// <summary>The responses that the proxy generates: <c>__ping__</c>, <c>OPTIONS *</c>, rejections, failures.</summary>
internal sealed class LocalAnswers(ProxyContext context, ExchangeLog log)
{
    /// <summary>
    /// Answers a request that is not for a backend; returns false when the request has to be forwarded.
    /// </summary>
    public ValueTask<bool> TryAnswerLocallyAsync(Exchange exchange)
    {
        var request = exchange.Request;
        if (request.Method == Method.Connect) return RefuseConnectAsync(exchange);
        if (request.Form == TargetForm.Asterisk) return SendAsync(exchange, FailureAnswers.EmptyOk);
        if (request.MaxForwards == 0) return AnswerAsLastAsync(exchange);
        return request[request.Host].SequenceEqual("__ping__"u8) && request.Path.SequenceEqual("/"u8)
            ? PingAsync(exchange)
            : new ValueTask<bool>(false);
    }

    /// <summary>Answers a malformed request. Its end is unknown, so nothing after it is read.</summary>
    public async ValueTask RefuseAsync(Exchange exchange, Failure failure)
    {
        exchange.Failure = failure;
        if (exchange.Detail is not null) log.WriteRefusal(exchange, failure);
        exchange.Request.Framing = new Framing(BodyKind.UntilClose);
        await SendAsync(exchange, FailureAnswers.For(failure, context.IsHipache));
    }

    /// <summary>Logs a failed exchange and answers it, unless a response has begun already.</summary>
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
        exchange.Disposition = Disposition.Abort;
    }

    // Max-Forwards is 0, so this proxy is the final recipient (RFC 9110 §7.6.2). TRACE is not answered: its response
    // would reflect headers that only the client and the backend should see.
    private ValueTask<bool> AnswerAsLastAsync(Exchange exchange) => SendAsync(exchange,
        exchange.Request.Method == Method.Options ? FailureAnswers.EmptyOk : FailureAnswers.MethodNotAllowed);

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

    // The body of a request that is answered here is not read, so the connection cannot carry another request.
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
        if (!await exchange.Client.Output.TryFlushAsync()) exchange.Disposition = Disposition.Abort;
        return true;
    }
}
