using System.Buffers.Text;
using System.Text;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>Reads responses to their end and discards them. It supports only the HTTP of the toy backend.</summary>
internal sealed class Answer
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>Reads a response with a <c>Content-Length</c>, or one that has no body.</summary>
    /// <exception cref="IOException">It ends too early or has another status.</exception>
    public async ValueTask ReadAsync(Stream stream, string status)
    {
        var count = 0;
        int head;
        while ((head = _buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8)) < 0)
            count += await SomeAsync(stream, _buffer.AsMemory(count));

        var rest = BodyLength(_buffer.AsSpan(0, head + 2), status) - (count - head - 4);
        while (rest > 0) rest -= await SomeAsync(stream, _buffer.AsMemory(0, (int)Math.Min(rest, _buffer.Length)));
        if (rest < 0) throw new IOException("more bytes came than were announced");
    }

    /// <summary>Reads so many bytes.</summary>
    /// <exception cref="IOException">They do not come.</exception>
    public async ValueTask ReadEchoAsync(Stream stream, int length)
    {
        while (length > 0) length -= await SomeAsync(stream, _buffer.AsMemory(0, length));
    }

    private static async ValueTask<int> SomeAsync(Stream stream, Memory<byte> buffer) =>
        await stream.ReadAsync(buffer) is > 0 and var count
            ? count
            : throw new IOException("the answer ended before its end");

    private static long BodyLength(ReadOnlySpan<byte> head, string status)
    {
        if (!Ascii.Equals(head["HTTP/1.1 ".Length..][..status.Length], status))
            throw new IOException($"answered {Encoding.Latin1.GetString(head[..head.IndexOf((byte)'\r')])}");
        var field = head.IndexOf("\nContent-Length: "u8);
        if (field < 0) return 0;
        return Utf8Parser.TryParse(head[(field + "\nContent-Length: ".Length)..], out long length, out _)
            ? length
            : throw new IOException("answered with a Content-Length that is no number");
    }
}
