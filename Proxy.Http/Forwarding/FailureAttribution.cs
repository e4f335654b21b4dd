using Proxy.Core;
using Proxy.Http.Clients;

namespace Proxy.Http.Forwarding;

/// <summary>Whose fault it was that an exchange failed.</summary>
internal static class FailureAttribution
{
    /// <summary>
    /// When the client broke off or broke the rules, the backend's failure to answer is only what followed.
    /// </summary>
    public static Failure Of(Exchange exchange, BodyEnd upload, Failure failure) => upload switch
    {
        BodyEnd.SourceMalformed => Failure.BadRequest,
        BodyEnd.SourceOverdue => Failure.ClientBodyTimeout,
        BodyEnd.SourceGone => Failure.ClientGone,
        _ => exchange.Client.WasReset || exchange.Watch.IsOver ? Failure.ClientGone : failure,
    };
}
