using System.Net;
using Proxy.Core.Dns;

namespace Proxy.Core.Transport;

/// <summary>A connection, or why there is none.</summary>
public readonly record struct Dialed(Connection? Connection, Failure Failure, string? Detail)
{
    /// <summary>The name that gave the address; null for a backend known by its address.</summary>
    public ResolvedName? Name { get; init; }

    /// <summary>The address of the connection; null if there is none.</summary>
    public IPAddress? Ip { get; init; }
}
