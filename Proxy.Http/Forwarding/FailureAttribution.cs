using Proxy.Core;
using Proxy.Http.Clients;

namespace Proxy.Http.Forwarding;

/// <summary>Attribution of a failed exchange to the client or the backend.</summary>
internal static class FailureAttribution
{
    /// <summary>
    /// Returns the client's failure when the client disconnected, was too slow or sent a malformed body: the missing
    /// response of the backend is only its consequence. Otherwise returns <paramref name="failure"/>.
    /// </summary>
    public static Failure Of(Exchange exchange, BodyEnd upload, Failure failure) => upload switch
    {
        BodyEnd.SourceMalformed => Failure.BadRequest,
        BodyEnd.SourceOverdue => Failure.ClientBodyTimeout,
        BodyEnd.SourceGone => Failure.ClientGone,
        _ => exchange.Client.WasReset || exchange.Watch.IsOver ? Failure.ClientGone : failure,
    };
}
