namespace Proxy.Core.Routing.Health;

/// <summary>A backend that was found dead, until it is back.</summary>
/// <param name="url">As stored, or as another node published it.</param>
/// <param name="seenAt">When it was found, on the <see cref="Clock"/>.</param>
internal sealed class OutOfService(string url, long seenAt)
{
    /// <summary>As stored, or as another node published it.</summary>
    public string Url => url;

    /// <summary>When it was found, on the <see cref="Clock"/>.</summary>
    public long SeenAt => seenAt;

    /// <summary>Whether it was logged.</summary>
    public bool IsLogged { get; set; }

    /// <summary>Whether a probe of this node has found it healthy.</summary>
    public bool IsProbed { get; set; }

    /// <summary>When its mark was due to expire.</summary>
    public long Until { get; set; } = long.MaxValue;
}
