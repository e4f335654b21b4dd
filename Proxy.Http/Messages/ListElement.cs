namespace Proxy.Http.Messages;

/// <summary>The elements of a comma-separated list; empty elements are skipped (RFC 9110 §5.6.1).</summary>
internal static class ListElement
{
    /// <summary>Returns the next element without the whitespace around it; false at the end of the list.</summary>
    public static bool TryNext(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> element)
    {
        while (!rest.IsEmpty)
        {
            var comma = rest.IndexOf((byte)',');
            element = (comma < 0 ? rest : rest[..comma]).Trim(" \t"u8);
            rest = comma < 0 ? default : rest[(comma + 1)..];
            if (!element.IsEmpty) return true;
        }

        element = default;
        return false;
    }
}
