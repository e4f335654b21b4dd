namespace Proxy.Http1.Pages;

/// <summary>What a <see cref="PageServer"/> answers.</summary>
/// <param name="Status">The status code: 200, 404, 500 or 503.</param>
/// <param name="ContentType">What the body is.</param>
/// <param name="Body">The body.</param>
public sealed record Page(int Status, string ContentType, byte[] Body)
{
    /// <summary>A page of one line.</summary>
    public static Page OfText(int status, string line) =>
        new(status, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(line + "\n"));
}
