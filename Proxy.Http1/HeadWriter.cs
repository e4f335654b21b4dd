using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using Proxy.Http.Messages;

namespace Proxy.Http1;

/// <summary>A writer of a head into one buffer of the output, requested once with an upper bound of its size.</summary>
internal ref struct HeadWriter(PipeWriter output, int bytesMax) : IFieldWriter
{
    private readonly PipeWriter _output = output;
    private readonly Span<byte> _memory = output.GetSpan(bytesMax);
    private int _length;

    // Adjacent received lines are copied together, before anything else is written.
    private ReadOnlySpan<byte> _gathered;
    private int _start;
    private int _end;

    /// <summary>Writes bytes unchanged.</summary>
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
    /// Writes a field as received, without whitespace before the colon (RFC 9112 §5.1). All fields given to one writer
    /// in this way must be of one head.
    /// </summary>
    public void Field(Head head, in Field field)
    {
        var bytes = head.Bytes;
        if (field.Known == FieldName.ContentLength && !IsPlainLength(bytes, field))
            Field(head[field.Name], Shortest(head[field.Value]));
        else if (bytes[field.Name.End] == ':') Gather(bytes, field.Name.Start, field.LineEnd);
        else Field(head[field.Name], head[field.Value]);
    }

    /// <summary>Writes the empty line and commits the head to the output; the next flush sends it.</summary>
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

    // A length that every recipient reads the same way: no list, no leading zero, no unusual whitespace.
    private static bool IsPlainLength(ReadOnlySpan<byte> bytes, in Field field) =>
        field.Value.Start == field.Name.End + 2 && bytes[field.Value.Start - 1] == ' ' &&
        field.LineEnd == field.Value.End + 2 && bytes[field.Value.Start] is > (byte)'0' and <= (byte)'9' &&
        !bytes[field.Value.Start..field.Value.End].Contains((byte)',');

    // Some recipients read 010 as octal, so leading zeros are removed. One of the equal lengths in a list is enough.
    private static ReadOnlySpan<byte> Shortest(ReadOnlySpan<byte> lengths)
    {
        var end = lengths.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var shortest = (end < 0 ? lengths : lengths[..end]).TrimStart((byte)'0');
        return shortest.IsEmpty ? "0"u8 : shortest;
    }
}
