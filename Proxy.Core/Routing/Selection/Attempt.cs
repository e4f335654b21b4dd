namespace Proxy.Core.Routing.Selection;

/// <summary>Which backends a request has tried, so that a retry uses another one; the default is none.</summary>
/// <param name="Count">How many were tried.</param>
/// <param name="Tried">
/// Bit n: the backend with index n was tried. Further ones are distinguished by their marks.
/// </param>
/// <param name="LastHost">The host of the last one.</param>
public readonly record struct Attempt(int Count, ulong Tried, string? LastHost = null)
{
    private const int IndexMax = 63;

    /// <summary>Returns the attempt that follows a failed one.</summary>
    public Attempt After(Backend backend) =>
        new(Count + 1, backend.Index <= IndexMax ? Tried | (1UL << backend.Index) : Tried, backend.Address?.Host);

    /// <summary>Returns whether this backend was tried.</summary>
    public bool Has(Backend backend) => backend.Index <= IndexMax && (Tried & (1UL << backend.Index)) != 0;

    /// <summary>
    /// Returns whether this backend is on the host of the last one, which may have failed as a whole.
    /// </summary>
    public bool IsOnLastHost(Backend backend) => LastHost is not null && backend.Address?.Host == LastHost;
}
