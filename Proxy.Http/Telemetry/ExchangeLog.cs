using System.Globalization;
using System.Text;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Http.Telemetry;

/// <summary>The access log entries and error log lines of exchanges.</summary>
internal sealed class ExchangeLog(ProxyContext context)
{
    /// <summary>
    /// Writes the access log entry of an exchange that is over; a tunnel's is stored until the tunnel ends.
    /// </summary>
    public void Write(Exchange exchange)
    {
        if (!context.AccessLog.IsEnabled) return;
        if (exchange.Tunnel is { } tunnel) tunnel.LogEntry = new StoredEntry(EntryOf(exchange));
        else context.AccessLog.Write(EntryOf(exchange));
    }

    /// <summary>Writes the access log entry of an exchange that became a tunnel.</summary>
    public void Write(Tunnel tunnel)
    {
        if (tunnel.LogEntry is { } entry)
        {
            context.AccessLog.Write(entry.At(new EntryCompletion
            {
                Time = context.Deadlines.UtcOf(TurnClock.Now),
                BytesIn = tunnel.BytesToBackend,
                BytesOut = tunnel.BytesToClient,
                Total = tunnel.TotalTime,
                Outcome = tunnel.Outcome,
            }));
        }
    }

    /// <summary>Logs that a backend was marked dead, even if a retry of the exchange succeeds.</summary>
    public void WriteDeadMark(Exchange exchange, Failure failure)
    {
        WriteFailure(exchange, failure);
        exchange.LoggedDead = exchange.Choice.Backend;
    }

    /// <summary>Writes one error log line, in the Go planb's form and, where it had one, with its text.</summary>
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

            // Texts with a varying number of seconds need a fixed key so that repeats are recognized.
            Cause = failure is Failure.BackendDialTimeout ? "dial timeout"
                : failure is Failure.BackendNameUnresolved ? "cannot resolve"
                : failure is Failure.BackendResponseTimeout ? "request timeout" : "",
        });
    }

    /// <summary>
    /// Writes one line to the error log about a malformed request head. Any client on the internet can send one, so
    /// lines with the same cause are collapsed, regardless of the client.
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

    /// <summary>Returns the error log's text for a failure: the Go planb's, where it had one.</summary>
    internal static string TextOf(Exchange exchange, Failure failure) => failure switch
    {
        Failure.NoRoute => "no backends registered for host",
        Failure.AllBackendsDead => "all backends are dead",
        Failure.RoutesUnavailable => exchange.Detail ?? "routes are not available",
        Failure.BackendSchemeUnsupported => "unsupported protocol scheme",
        Failure.BackendDialTimeout => $"dial timeout after {Seconds(exchange)}: {exchange.Detail}",
        Failure.BackendResponseTimeout => $"request timeout after {Seconds(exchange)}: {exchange.Detail}",
        Failure.BackendTruncated =>
            $"error in backend response: {exchange.Detail ?? "connection closed before the response was complete"}",
        Failure.BadRequest => "malformed request body",
        Failure.ClientGone => "client closed the connection",
        Failure.Stopped => "aborted at shutdown",
        Failure.ClientBodyTimeout => "client timed out while sending the request body",
        _ => $"error in backend request: {exchange.Detail}",
    };

    private static string Seconds(Exchange exchange) =>
        string.Create(CultureInfo.InvariantCulture, $"{exchange.Timing.TotalTime.TotalSeconds:0.######}s");
}
