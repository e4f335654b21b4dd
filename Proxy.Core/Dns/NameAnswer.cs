using System.Net;

namespace Proxy.Core.Dns;

/// <summary>What is known about a name.</summary>
/// <param name="Outcome">How the look-up ended.</param>
/// <param name="Addresses">In the order in which they are to be tried; empty unless found.</param>
/// <param name="Reason">Why there are none, for the log; empty when found.</param>
public sealed record NameAnswer(NameOutcome Outcome, IReadOnlyList<IPAddress> Addresses, string Reason)
{
    /// <summary>The cached name, which knows later whether it still has an address; null if it is not cached.</summary>
    public ResolvedName? Name { get; init; }

    /// <summary>Whether there is an address.</summary>
    public bool IsFound => Outcome == NameOutcome.Found;
}
