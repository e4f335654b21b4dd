using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Dns;

/// <summary>The result of one look-up.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Addresses">The addresses found.</param>
/// <param name="TimeToLive">How long it may be used, according to the source.</param>
/// <param name="Reason">Why nothing was found.</param>
internal sealed record LookupResult(
    NameOutcome Outcome, IPAddress[] Addresses, TimeSpan TimeToLive, string Reason = "")
{
    /// <summary>The family whose query failed, so that nothing is known about it; else Unspecified.</summary>
    public AddressFamily Missing { get; init; } = AddressFamily.Unspecified;

    public static LookupResult Found(IPAddress[] addresses, TimeSpan timeToLive) =>
        new(NameOutcome.Found, addresses, timeToLive);

    public static LookupResult NoSuchName(string reason, TimeSpan timeToLive) =>
        new(NameOutcome.NoSuchName, [], timeToLive, reason);

    public static LookupResult Of(NameOutcome outcome, string reason) => new(outcome, [], TimeSpan.Zero, reason);
}
