namespace Proxy.Core.Routing;

/// <summary>One entry of a route's list, parsed once when the route is read.</summary>
/// <param name="Url">Exactly as stored in Redis.</param>
/// <param name="Index">0-based position in the list, the identifier not counted (Hipache's contract).</param>
/// <param name="Address">Where to connect; null when <paramref name="Fault"/> tells why there is nowhere.</param>
/// <param name="Fault">What is wrong with the URL: None, NoRoute (no host in it) or BackendSchemeUnsupported.</param>
public sealed record Backend(string Url, int Index, BackendAddress? Address, Failure Fault);
