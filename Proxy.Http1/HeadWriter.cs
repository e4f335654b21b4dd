using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using Proxy.Http.Messages;

namespace Proxy.Http1;

/// <summary>Writes a head into one piece of a writer's memory, which is asked for once and is large enough.</summary>
internal ref struct HeadWriter(PipeWriter output, int bytesMax) : IFieldWriter
{
    private readonly PipeWriter _output = output;
    private readonly Span<byte> _memory = output.GetSpan(bytesMax);
    private int _length;

    // Lines that lie side by side, as received, are copied together; nothing is written before they are.
    private ReadOnlySpan<byte> _gathered;
    private int _start;
    private int _end;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_end > _start) CopyGathered();
        bytes.CopyTo(_memory[_length..]);
        _length += bytes.Length;
    }

    /// <inheritdoc/>
    public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_end > _start) CopyGathered();
        var room = _memory[_length..];
        name.CopyTo(room);
        ": "u8.CopyTo(room[name.Length..]);
        room = room[(name.Length + 2)..];
        value.CopyTo(room);
        "\r\n"u8.CopyTo(room[value.Length..]);
        _length += name.Length + value.Length + 4;
    }

    /// <inheritdoc/>
    public void Field(ReadOnlySpan<byte> name, long value)
    {
        BeginField(name);
        Utf8Formatter.TryFormat(value, _memory[_length..], out var digits);
        _length += digits;
        EndField();
    }

    /// <inheritdoc/>
    public void Field(ReadOnlySpan<byte> name, string value)
    {
        BeginField(name);
        _length += Encoding.UTF8.GetBytes(value, _memory[_length..]);
        EndField();
    }

    /// <inheritdoc/>
    public void BeginField(ReadOnlySpan<byte> name)
    {
        Write(name);
        Write(": "u8);
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> piece) => Write(piece);

    /// <inheritdoc/>
    public void EndField() => Write("\r\n"u8);

    /// <summary>
    /// A field as it was received; white space before the colon is left out (RFC 9112 §5.1). All fields that one writer
    /// is given so are of one head.
    /// </summary>
    public void Field(Head head, in Field field)
    {
        var bytes = head.Bytes;
        if (field.Known == FieldName.ContentLength && !IsPlainLength(bytes, field))
            Field(head[field.Name], Shortest(head[field.Value]));
        else if (bytes[field.Name.End] == ':') Gather(bytes, field.Name.Start, field.LineEnd);
        else Field(head[field.Name], head[field.Value]);
    }

    /// <summary>The empty line; everything written becomes part of what the next flush sends.</summary>
    public void End()
    {
        Write("\r\n"u8);
        _output.Advance(_length);
    }

    private void Gather(ReadOnlySpan<byte> bytes, int start, int end)
    {
        if (_end == _start || start != _end)
        {
            if (_end > _start) CopyGathered();
            _gathered = bytes;
            _start = start;
        }

        _end = end;
    }

    private void CopyGathered()
    {
        var lines = _gathered[_start.._end];
        lines.CopyTo(_memory[_length..]);
        _length += lines.Length;
        _start = _end;
    }

    // Without anything that readers might take for something else.
    private static bool IsPlainLength(ReadOnlySpan<byte> bytes, in Field field) =>
        field.Value.Start == field.Name.End + 2 && bytes[field.Value.Start - 1] == ' ' &&
        field.LineEnd == field.Value.End + 2 && bytes[field.Value.Start] is > (byte)'0' and <= (byte)'9' &&
        !bytes[field.Value.Start..field.Value.End].Contains((byte)',');

    // 010 is eight to a reader that takes a leading zero for octal. Of equal lengths in a list one is enough.
    private static ReadOnlySpan<byte> Shortest(ReadOnlySpan<byte> lengths)
    {
        var end = lengths.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var shortest = (end < 0 ? lengths : lengths[..end]).TrimStart((byte)'0');
        return shortest.IsEmpty ? "0"u8 : shortest;
    }
}
