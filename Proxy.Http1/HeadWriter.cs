using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>Writes a head into one piece of a writer's memory, which is asked for once and is large enough.</summary>
internal ref struct HeadWriter(PipeWriter output, int bytesMax)
{
    private readonly PipeWriter _output = output;
    private readonly Span<byte> _memory = output.GetSpan(bytesMax);
    private int _length;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_memory[_length..]);
        _length += bytes.Length;
    }

    public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Write(name);
        Write(": "u8);
        Write(value);
        Write("\r\n"u8);
    }

    public void Field(ReadOnlySpan<byte> name, long value)
    {
        Write(name);
        Write(": "u8);
        Utf8Formatter.TryFormat(value, _memory[_length..], out var digits);
        _length += digits;
        Write("\r\n"u8);
    }

    public void Field(ReadOnlySpan<byte> name, string value)
    {
        Write(name);
        Write(": "u8);
        _length += Encoding.UTF8.GetBytes(value, _memory[_length..]);
        Write("\r\n"u8);
    }

    /// <summary>A field as it was received; white space before the colon is left out (RFC 9112 §5.1).</summary>
    public void Field(Head head, in Field field)
    {
        var bytes = head.Bytes;
        if (field.Known == FieldName.ContentLength) Field(head[field.Name], Shortest(head[field.Value]));
        else if (bytes[field.Name.End] == ':') Write(bytes[field.Name.Start..field.LineEnd]);
        else Field(head[field.Name], head[field.Value]);
    }

    /// <summary>The empty line; everything written becomes part of what the next flush sends.</summary>
    public void End()
    {
        Write("\r\n"u8);
        _output.Advance(_length);
    }

    // 010 is eight to a reader that takes a leading zero for octal.
    private static ReadOnlySpan<byte> Shortest(ReadOnlySpan<byte> digits)
    {
        var shortest = digits.TrimStart((byte)'0');
        return shortest.IsEmpty ? "0"u8 : shortest;
    }
}
