using System.Text;
using Proxy.Http1.Grammar;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>What the scanner made of a chunked body, however it was cut.</summary>
/// <param name="End">Last, Malformed, or Incomplete when more is needed.</param>
/// <param name="Length">Bytes up to the end of the last chunk's line, or accepted before the malformed one.</param>
/// <param name="Content">The chunks' data.</param>
internal readonly record struct ScannedBody(ChunkPart End, int Length, string Content)
{
    public static ScannedBody Of(string text) => Of(Encoding.Latin1.GetBytes(text));

    public static ScannedBody Of(byte[] bytes, params int[] cuts)
    {
        var scanner = default(ChunkedScanner);
        var content = new StringBuilder();
        var at = 0;
        foreach (var end in cuts.Append(bytes.Length))
        {
            while (at < end)
            {
                var piece = bytes.AsSpan(at, end - at);
                var part = scanner.Next(piece, out var length);
                at += length;
                if (part is ChunkPart.Malformed or ChunkPart.Last) return new ScannedBody(part, at, content.ToString());
                if (length == 0) throw new InvalidOperationException("the scanner does not go on");
                if (part == ChunkPart.Data) content.Append(Encoding.Latin1.GetString(piece[..length]));
            }
        }

        return new ScannedBody(ChunkPart.Incomplete, at, content.ToString());
    }
}
