namespace Proxy.Core.Routing.Table;

/// <summary>How often a key may have changed at one moment.</summary>
/// <param name="Counter">Which counter the key shares.</param>
/// <param name="Count">What it showed.</param>
public readonly record struct KeyVersion(int Counter, int Count);
