using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;

namespace Proxy.Http1;

/// <summary>A writer of the chunked coding (RFC 9112 §7.1).</summary>
internal sealed class Http1BodyWriter : BodyWriter
{
    private const int SizeBytesMax = 18;

    public static Http1BodyWriter Instance { get; } = new();

    /// <inheritdoc/>
    public override void WriteChunk(PipeWriter output, in ReadOnlySequence<byte> content)
    {
        Span<byte> size = stackalloc byte[SizeBytesMax];
        Utf8Formatter.TryFormat(content.Length, size, out var digits, 'x');
        output.Write(size[..digits]);
        output.Write("\r\n"u8);
        foreach (var memory in content) output.Write(memory.Span);
        output.Write("\r\n"u8);
    }

    /// <inheritdoc/>
    public override void WriteEnd(PipeWriter output) => output.Write("0\r\n\r\n"u8);

    /// <inheritdoc/>
    public override void WriteTrailers(PipeWriter output, TrailerSection trailers, Head head)
    {
        foreach (ref var field in trailers.Fields)
        {
            if (trailers.IsAllowed(field, head)) WriteTrailer(output, trailers, field);
        }

        output.Write("\r\n"u8);
    }

    // As received, but without whitespace before the colon.                                         RFC 9112 §5.1
    private static void WriteTrailer(PipeWriter output, TrailerSection trailers, in Field field)
    {
        output.Write(trailers[field.Name]);
        var afterName = trailers.Bytes[field.Name.End..field.LineEnd];
        output.Write(afterName[afterName.IndexOf((byte)':')..]);
    }
}
