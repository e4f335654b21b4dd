namespace Proxy.Core.Dns;

/// <summary>How a look-up of a name ended.</summary>
public enum NameOutcome
{
    /// <summary>The name has at least one address.</summary>
    Found,

    /// <summary>The name does not exist, or has no address (NXDOMAIN, NODATA): a real answer.</summary>
    NoSuchName,

    /// <summary>No name server answered in time.</summary>
    NoAnswer,

    /// <summary>The name servers answered with an error (SERVFAIL, REFUSED and the like).</summary>
    Failed,

    /// <summary>Too many other names were waiting to be looked up.</summary>
    TooMany,
}
