using System.Net;

namespace Proxy.Core.Dns;

/// <summary>What is known about a name.</summary>
/// <param name="Outcome">How the look-up ended.</param>
/// <param name="Addresses">In the order in which they are tried; empty unless found.</param>
/// <param name="Reason">Why there are none, for the log; empty when found.</param>
public sealed record NameAnswer(NameOutcome Outcome, IReadOnlyList<IPAddress> Addresses, string Reason)
{
    /// <summary>
    /// The cached name, which reports later whether it still has an address; null if it is not cached.
    /// </summary>
    public ResolvedName? Name { get; init; }

    /// <summary>Whether there is an address.</summary>
    public bool IsFound => Outcome == NameOutcome.Found;
}

/// <summary>How a look-up of a name ended.</summary>
public enum NameOutcome
{
    /// <summary>The name has at least one address.</summary>
    Found,

    /// <summary>The name does not exist, or has no address (NXDOMAIN, NODATA): a real answer.</summary>
    NoSuchName,

    /// <summary>No name server answered in time.</summary>
    NoAnswer,

    /// <summary>The name servers answered with an error (for example SERVFAIL or REFUSED).</summary>
    Failed,

    /// <summary>Too many other names were waiting to be looked up.</summary>
    TooMany,
}
