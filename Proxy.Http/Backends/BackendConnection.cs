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
/// One connection to a backend: writes and reads heads in its version of HTTP, and knows whether it can serve again.
/// </summary>
internal abstract class BackendConnection(Connection connection, BackendAddress address)
{
    public Connection Connection { get; } = connection;

    public BackendAddress Address { get; } = address;

    /// <summary>The name that gave the address it goes to; null for a backend known by its address.</summary>
    public ResolvedName? Name { get; set; }

    /// <summary>The address it goes to, where there is a name.</summary>
    public IPAddress? Ip { get; set; }

    /// <summary>
    /// It served before: what fails now may be the idle time's fault, and is no proof against the backend.
    /// </summary>
    public bool IsReused { get; set; }

    /// <summary>It serves one client alone: see <see cref="BoundConnections"/>.</summary>
    public bool IsBound { get; set; }

    /// <summary>When it became idle, in milliseconds of <see cref="Deadlines.Now"/>.</summary>
    public long IdleSince { get; set; }

    /// <summary>Whether the name of the backend still has the address it goes to.</summary>
    public bool HasCurrentAddress() => Name is null || Name.Has(Ip!);

    /// <summary>
    /// Nothing was received while idle: neither the end of the connection nor bytes that nobody asked for, which would
    /// become the answer to somebody else's request.
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

    /// <summary>Reads the next head, be it interim or final, within the read deadline.</summary>
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

    /// <summary>Whether all of a response has been received, as far as its head tells.</summary>
    public bool HasBodyOf(ResponseHead response)
    {
        if (!response.Framing.HasBody) return true;
        if (response.Framing.Kind != BodyKind.Length || !Connection.Input.TryRead(out var read)) return false;
        Connection.Input.AdvanceTo(read.Buffer.Start);
        return read.Buffer.Length >= response.Framing.Length;
    }

    /// <summary>Writes the head of the request, which the next flush sends.</summary>
    public abstract void WriteHead(Exchange exchange);

    /// <summary>Takes the next head out of what was read; null when not all of it has come.</summary>
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
        // Bytes before the first head of a reused connection are mostly what followed an earlier response.
        var where = exchange.IsReused && !exchange.HasResponseHead ? " on a reused connection" : "";
        exchange.Detail = failure == Failure.BackendInvalidResponse
            ? $"invalid response from the backend{where}: {detail}"
            : detail;
        return failure;
    }
}
