namespace Proxy.Core.Routing;

/// <summary>Which backends a request has tried, so that a retry goes elsewhere; the default is "none".</summary>
/// <param name="Count">How many were tried.</param>
/// <param name="Tried">Bit n: the backend with index n was tried. Those beyond are told by their marks only.</param>
public readonly record struct Attempt(int Count, ulong Tried)
{
    private const int IndexMax = 63;

    /// <summary>The attempt that follows a failed one.</summary>
    public Attempt After(Backend backend) =>
        new(Count + 1, backend.Index <= IndexMax ? Tried | (1UL << backend.Index) : Tried);

    /// <summary>Whether this backend was tried.</summary>
    public bool Has(Backend backend) => backend.Index <= IndexMax && (Tried & (1UL << backend.Index)) != 0;
}
