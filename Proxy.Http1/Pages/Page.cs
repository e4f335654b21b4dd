namespace Proxy.Http1.Pages;

/// <summary>A response of a <see cref="PageServer"/>.</summary>
/// <param name="Status">The status code: 200, 404, 500 or 503.</param>
/// <param name="ContentType">The value of the Content-Type header.</param>
/// <param name="Body">The body.</param>
public sealed record Page(int Status, string ContentType, byte[] Body)
{
    /// <summary>Creates a plain text page with one line.</summary>
    public static Page OfText(int status, string line) =>
        new(status, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(line + "\n"));
}
