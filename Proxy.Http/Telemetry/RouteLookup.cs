namespace Proxy.Http.Telemetry;

/// <summary>Where the answer to "which backends has this host?" came from.</summary>
internal enum RouteLookup : byte
{
    /// <summary>It was not asked.</summary>
    None,

    /// <summary>The route was in memory.</summary>
    Hit,

    /// <summary>It had to be read.</summary>
    Miss,

    /// <summary>It was in memory that there is none.</summary>
    Negative,

    /// <summary>What was in memory may be old, and was served since nothing newer can be had.</summary>
    Stale,
}
