using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Proxy.Core;
using Proxy.Core.Async;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Backends;

/// <summary>
/// A connection to one backend, which writes request heads and reads response heads in its version of HTTP, and can be
/// checked for reuse.
/// </summary>
internal abstract class BackendConnection(Connection connection, BackendAddress address)
{
    public Connection Connection { get; } = connection;

    public BackendAddress Address { get; } = address;

    /// <summary>The resolved host name of the backend; null for a backend whose URL has an IP address.</summary>
    public ResolvedName? Name { get; set; }

    /// <summary>The IP address that <see cref="Name"/> was resolved to for this connection; null without one.</summary>
    public IPAddress? Ip { get; set; }

    /// <summary>
    /// Whether the connection has served an earlier exchange. A failure may then come from a stale pooled connection
    /// and says nothing about the backend's health.
    /// </summary>
    public bool IsReused { get; set; }

    /// <summary>Whether the connection serves a single client: see <see cref="BoundConnections"/>.</summary>
    public bool IsBound { get; set; }

    /// <summary>When the connection became idle, in milliseconds of <see cref="Deadlines.Now"/>.</summary>
    public long IdleSince { get; set; }

    /// <summary>Returns whether the backend's name still resolves to the connection's IP address.</summary>
    public bool HasCurrentAddress() => Name is null || Name.Has(Ip!);

    /// <summary>
    /// Returns whether nothing was received while idle: neither a FIN nor unsolicited bytes, which would be taken for
    /// the response to the next request.
    /// </summary>
    public bool IsStillIdle()
    {
        try
        {
            return !Connection.Input.TryRead(out _);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return false;
        }
    }

    /// <summary>Reads the next interim or final response head within the read deadline.</summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<Failure> ReadHeadAsync(Exchange exchange)
    {
        try
        {
            while (true)
            {
                if (exchange.Watch.IsOver || exchange.RequestBody.IsBroken) return Failure.ClientGone;
                if (Connection.IsReadOverdue && !exchange.RequestBody.TryExtend()) return TimedOut(exchange);
                if (TakeHead(exchange, await Connection.Input.ReadAsync()) is { } outcome) return outcome;
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return Fail(exchange, Failure.BackendClosed, e.Message);
        }
    }

    /// <summary>Returns whether the whole body of a response is known to have been received.</summary>
    public bool HasBodyOf(ResponseHead response)
    {
        if (!response.Framing.HasBody) return true;
        if (response.Framing.Kind != BodyKind.Length || !Connection.Input.TryRead(out var read)) return false;
        Connection.Input.AdvanceTo(read.Buffer.Start);
        return read.Buffer.Length >= response.Framing.Length;
    }

    /// <summary>Writes the request head; the next flush sends it.</summary>
    public abstract void WriteHead(Exchange exchange);

    /// <summary>Parses the next response head in the input; returns null while it is incomplete.</summary>
    public abstract Failure? TakeHead(Exchange exchange, in ReadResult read);

    private static Failure TimedOut(Exchange exchange)
    {
        exchange.Detail = exchange.RequestBody.IsStalled
            ? "the backend stopped reading the request body"
            : "no response from the backend";
        return Failure.BackendResponseTimeout;
    }

    /// <summary>Records why no response could be read, and returns the failure.</summary>
    protected static Failure Fail(Exchange exchange, Failure failure, string detail)
    {
        // Invalid bytes on a reused connection are usually the rest of an earlier response.
        var where = exchange.IsReused && !exchange.HasResponseHead ? " on a reused connection" : "";
        exchange.Detail = failure == Failure.BackendInvalidResponse
            ? $"invalid response from the backend{where}: {detail}"
            : detail;
        return failure;
    }
}
