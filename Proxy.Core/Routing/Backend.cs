using System.Text;

namespace Proxy.Core.Routing;

/// <summary>One entry of a route's list, parsed once, when the list is read.</summary>
public sealed class Backend
{
    private byte[]? _urlBytes;

    /// <param name="url">Exactly as stored.</param>
    /// <param name="index">0-based position in the list, the identifier not counted (Hipache's contract).</param>
    /// <param name="id">The list's identifier: tsuru once wrote it twice, and the second one is no backend.</param>
    public Backend(string url, int index, string id = "")
    {
        Url = url;
        Index = index;
        (Address, Fault) = url == id && !url.Contains(':') ? (null, Failure.NoRoute) : BackendUrl.Read(url);
    }

    /// <summary>Exactly as stored.</summary>
    public string Url { get; }

    /// <summary><see cref="Url"/> in UTF-8, for log lines and debug headers.</summary>
    public byte[] UrlBytes => _urlBytes ??= Encoding.UTF8.GetBytes(Url);

    /// <summary>0-based position in the list, the identifier not counted.</summary>
    public int Index { get; }

    /// <summary>Where to connect; null if the URL has a <see cref="Fault"/>.</summary>
    public BackendAddress? Address { get; }

    /// <summary>
    /// What is wrong with the URL: None, NoRoute (no scheme or host in it), BackendSchemeUnsupported, or
    /// BackendUnreachable (the host or port is invalid).
    /// </summary>
    public Failure Fault { get; }

    /// <inheritdoc/>
    public override string ToString() => Url;
}
