using System.Globalization;
using System.Text;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Http.Telemetry;

/// <summary>Tells the logs about exchanges.</summary>
internal sealed class ExchangeLog(ProxyContext context)
{
    /// <summary>One line in the access log, once the exchange is over; a tunnel's is written at its end.</summary>
    public void Write(Exchange exchange)
    {
        if (!context.AccessLog.IsKept) return;
        if (exchange.Tunnel is { } tunnel) tunnel.Line = new StoredEntry(EntryOf(exchange));
        else context.AccessLog.Write(EntryOf(exchange));
    }

    /// <summary>The line of the exchange that became a tunnel.</summary>
    public void Write(Tunnel tunnel)
    {
        if (tunnel.Line is { } line)
        {
            context.AccessLog.Write(line.At(new EntryCompletion
            {
                Time = context.Deadlines.UtcOf(TurnClock.Now),
                BytesIn = tunnel.BytesToBackend,
                BytesOut = tunnel.BytesToClient,
                Total = tunnel.TotalTime,
                Outcome = tunnel.End,
            }));
        }
    }

    /// <summary>The line of a backend that was marked dead, whatever becomes of the exchange.</summary>
    public void WriteDeadMark(Exchange exchange, Failure failure)
    {
        WriteFailure(exchange, failure);
        exchange.LoggedDead = exchange.Choice.Backend;
    }

    /// <summary>One line in the error log: planb's form, and its words where there were some.</summary>
    public void WriteFailure(Exchange exchange, Failure failure)
    {
        var request = exchange.Request;
        var isDead = failure is Failure.BackendUnreachable or Failure.BackendDialTimeout;
        if (isDead && exchange.LoggedDead is { } logged && logged == exchange.Choice.Backend) return;
        context.ErrorLog.Write(new RequestError
        {
            Host = request[request.Host],
            Backend = exchange.Choice.Backend?.Url,
            Path = request.Path,
            RequestIdHeader = context.RequestId.Name,
            RequestId = context.RequestId.Of(exchange),
            Text = $"{TextOf(exchange, failure)} ({NameOf(exchange, failure)}){(isDead ? " *DEAD*" : "")}",

            // The seconds in the text differ each time.
            Cause = failure is Failure.BackendDialTimeout ? "dial timeout"
                : failure is Failure.BackendNameUnresolved ? "cannot resolve"
                : failure is Failure.BackendResponseTimeout ? "request timeout" : "",
        });
    }

    /// <summary>
    /// One line in the error log about a request whose head is malformed. Clients of all the internet send such: those
    /// of one kind are folded, whichever client sent them.
    /// </summary>
    public void WriteRefusal(Exchange exchange, Failure failure)
    {
        var (request, name) = (exchange.Request, NameOf(exchange, failure));
        var client = Encoding.ASCII.GetString(exchange.ClientInfo.Address);
        context.ErrorLog.Write(new RequestError
        {
            Host = request[request.Host],
            Path = request.Path,
            RequestIdHeader = context.RequestId.Name,
            Text = $"invalid request from {client}: {exchange.Detail} ({name})",
            Cause = exchange.Rejection.ToString(),
        });
    }

    private AccessLogEntry EntryOf(Exchange exchange)
    {
        var request = exchange.Request;
        return new AccessLogEntry
        {
            Client = ForwardedClient.Of(exchange),
            Time = context.Deadlines.UtcOf(TurnClock.Now),
            Method = request[request.MethodText],
            Path = request.Path,
            Protocol = request.Protocol,
            Status = exchange.Status,
            BodyBytes = exchange.BodyBytes,
            Referer = request.TextOf(FieldName.Referer),
            UserAgent = request.TextOf(FieldName.UserAgent),
            RequestIdHeader = context.RequestId.Name,
            RequestId = context.RequestId.Of(exchange),
            Frontend = exchange.Choice.Route is { } route ? route.FrontendBytes : default,
            ForwardedFor = request.TextOf(FieldName.XForwardedFor),
            Total = exchange.Timing.TotalTime,
            Backend = exchange.Timing.BackendTime,
            Extended = context.AccessLog.IsExtended ? ExtensionOf(exchange) : default,
        };
    }

    private static AccessLogExtension ExtensionOf(Exchange exchange)
    {
        var request = exchange.Request;
        var target = request[request.PathAndQuery];
        var query = target.IndexOf((byte)'?');
        return new AccessLogExtension
        {
            Host = request[request.Host],
            Query = query < 0 ? default : target[(query + 1)..],
            TraceId = TraceParent.IdOf(request),
            Backend = exchange.Choice.Backend is { } backend ? backend.UrlBytes : default,
            Upgrade = exchange.Status == 101 ? exchange.Response.TextOf(FieldName.Upgrade) : default,
            Outcome = ExchangeOutcomes.NameOf(ExchangeOutcomes.Of(exchange)),
            TlsVersion = exchange.Client.TlsVersion,
            Numbers = new AccessLogNumbers(
                exchange.ClientInfo.Port, exchange.Client.IsEncrypted, exchange.RequestBody.DataBytes,
                exchange.Attempts, exchange.IsReused, exchange.Timing.ConnectTime,
                exchange.Timing.OwnTime ?? exchange.Timing.TotalTime - exchange.Timing.WaitedTime,
                exchange.Client.IsTlsResumed),
        };
    }

    private static string NameOf(Exchange exchange, Failure failure) =>
        Encoding.ASCII.GetString(ExchangeOutcomes.NameOf(ExchangeOutcomes.Of(exchange, failure)));

    /// <summary>The error log's words for a failure: the Go planb's, where it had some.</summary>
    internal static string TextOf(Exchange exchange, Failure failure) => failure switch
    {
        Failure.NoRoute => "no backends registered for host",
        Failure.AllBackendsDead => "all backends are dead",
        Failure.RoutesUnavailable => exchange.Detail ?? "routes are not available",
        Failure.BackendSchemeUnsupported => "unsupported protocol scheme",
        Failure.BackendDialTimeout => $"dial timeout after {Seconds(exchange)}: {exchange.Detail}",
        Failure.BackendResponseTimeout => $"request timeout after {Seconds(exchange)}: {exchange.Detail}",
        Failure.BackendTruncated =>
            $"error in backend response: {exchange.Detail ?? "it ended before it was complete"}",
        Failure.BadRequest => "malformed request body",
        Failure.ClientGone => "client went away",
        Failure.Stopped => "cut at the stop",
        Failure.ClientBodyTimeout => "client did not send its request body in time",
        _ => $"error in backend request: {exchange.Detail}",
    };

    private static string Seconds(Exchange exchange) =>
        string.Create(CultureInfo.InvariantCulture, $"{exchange.Timing.TotalTime.TotalSeconds:0.######}s");
}
