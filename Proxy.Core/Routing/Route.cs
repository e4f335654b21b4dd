namespace Proxy.Core.Routing;

/// <summary>A host's backends as read at one moment; replaced whole, never changed.</summary>
/// <param name="Frontend">The host whose list this is: with the port if that key matched (Hipache's contract).</param>
/// <param name="Id">The list's first element, which names the application and is not a backend.</param>
/// <param name="Backends">In list order.</param>
/// <param name="Dead">Indexes that are marked dead.</param>
public sealed record Route(string Frontend, string Id, Backend[] Backends, IReadOnlySet<int> Dead)
{
    public byte[] FrontendBytes { get; } = System.Text.Encoding.UTF8.GetBytes(Frontend);
}
