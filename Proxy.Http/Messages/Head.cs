using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Proxy.Http.Messages;

/// <summary>One field line of a head.</summary>
internal struct Field
{
    /// <summary>The known field with this name, or <see cref="FieldName.Other"/>.</summary>
    public FieldName Known;

    /// <summary>Whether Connection lists the field, which makes it hop-by-hop (RFC 9110 §7.6.1).</summary>
    public bool IsNamedByConnection;

    /// <summary>The field name as received.</summary>
    public Slice Name;

    /// <summary>The field value without the whitespace around it.</summary>
    public Slice Value;

    /// <summary>The position after the line's CRLF.</summary>
    public int LineEnd;
}

/// <summary>
/// The bytes of a message head, copied once out of the connection's buffer, and the positions of its parts. Reused for
/// many messages.
/// </summary>
internal abstract class Head
{
    /// <summary>Maximum number of field lines in one head (431 beyond).</summary>
    public const int FieldsMax = 128;

    /// <summary>
    /// Maximum number of options in the Connection fields of one head; each is compared with every field.
    /// </summary>
    public const int ConnectionOptionsMax = 64;

    private const int BufferBytesMin = 2 * 1024;
    private const int BufferBytesKept = 8 * 1024;
    private const int FieldsKept = 32;
    private byte[] _buffer = [];
    private Field[] _fields = [];
    private int _length;
    private uint _names;
    private uint _repeatedNames;

    /// <summary>The head as received.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>The field lines in the order received.</summary>
    public Span<Field> Fields => _fields.AsSpan(0, FieldCount);

    public int FieldCount { get; private set; }

    /// <summary>
    /// Whether the sender is not trusted to identify the original client: such headers and trailers are not forwarded
    /// (<see cref="FieldNames.IsForwardingField"/>).
    /// </summary>
    public bool IsUntrusted { get; set; }

    /// <summary>The framing of the body that follows the head.</summary>
    public Framing Framing { get; set; }

    /// <summary>The version of HTTP of this message.</summary>
    public ProtocolVersion Version { get; set; }

    /// <summary>Whether Connection lists "close".</summary>
    public bool HasClose { get; private set; }

    /// <summary>Whether Connection lists "keep-alive".</summary>
    public bool HasKeepAlive { get; private set; }

    /// <summary>Whether Connection lists "upgrade".</summary>
    public bool HasUpgrade { get; private set; }

    /// <summary>Whether the sender keeps the connection open after this message (RFC 9112 §9.3).</summary>
    public bool IsPersistent => !HasClose && (Version != ProtocolVersion.Http10 || HasKeepAlive);

    // Called about thirty times per request: inlining it and its loops saves 1 % of the instructions of a request.
    /// <summary>Returns a part of the head.</summary>
    public ReadOnlySpan<byte> this[Slice slice]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _buffer.AsSpan(slice.Start, slice.Length);
    }

    /// <summary>Copies the bytes into the head's buffer, replacing the previous ones.</summary>
    public ReadOnlySpan<byte> Load(in ReadOnlySequence<byte> bytes)
    {
        Reserve((int)bytes.Length);
        bytes.CopyTo(_buffer);
        return Bytes;
    }

    /// <summary>Copies contiguous bytes into the head's buffer; they may be part of that buffer already.</summary>
    public void Load(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer);
    }

    /// <summary>Drops all but the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length) => _length = length;

    /// <summary>Clears the head for the next message.</summary>
    public virtual void Reset()
    {
        _length = 0;
        FieldCount = 0;
        _names = _repeatedNames = 0;
        Framing = default;
        HasClose = HasKeepAlive = HasUpgrade = false;
        Trim();
    }

    /// <summary>Returns oversized buffers to the pool after a message.</summary>
    public void Trim()
    {
        if (_buffer.Length > BufferBytesKept) ReturnBuffer();
        if (_fields.Length > FieldsKept) ReturnFields();
    }

    /// <summary>Returns whether the head has a field with that name, ignoring case.</summary>
    public bool Has(FieldName name) => (_names & Bit(name)) != 0;

    /// <summary>Whether there is larger than one.</summary>
    public bool HasMany(FieldName name) => (_repeatedNames & Bit(name)) != 0;

    /// <summary>
    /// Returns the value of the first field with that name, or an empty slice with a negative start.
    /// </summary>
    public Slice ValueOf(FieldName name)
    {
        if (!Has(name)) return new Slice(-1, 0);
        foreach (ref var field in Fields)
        {
            if (field.Known == name) return field.Value;
        }

        return new Slice(-1, 0);
    }

    /// <summary>Returns the value of the first field with that name; empty when there is none.</summary>
    public ReadOnlySpan<byte> TextOf(FieldName name)
    {
        var value = ValueOf(name);
        return value.Start < 0 ? default : this[value];
    }

    /// <summary>Returns whether the head has a field with that name, ignoring case.</summary>
    public bool Has(ReadOnlySpan<byte> name)
    {
        foreach (ref var field in Fields)
        {
            if (Ascii.EqualsIgnoreCase(this[field.Name], name)) return true;
        }

        return false;
    }

    /// <summary>Returns whether Connection lists a field of the head or trailers (RFC 9110 §7.6.1).</summary>
    public bool NamesInConnection(ReadOnlySpan<byte> name)
    {
        if (!Has(FieldName.Connection)) return false;
        foreach (ref var field in Fields)
        {
            if (field.Known != FieldName.Connection) continue;
            var rest = this[field.Value];
            while (ListElement.TryNext(ref rest, out var option))
            {
                if (Ascii.EqualsIgnoreCase(option, name)) return true;
            }
        }

        return false;
    }

    /// <summary>Returns the next free field, to fill and add; at most <see cref="FieldsMax"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Field NewField()
    {
        if (FieldCount == _fields.Length) GrowFields();
        return ref _fields[FieldCount];
    }

    /// <summary>Adds the field that <see cref="NewField"/> returned, after its name was set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddField(ref Field field)
    {
        field.Known = FieldNames.Known(this[field.Name]);
        field.IsNamedByConnection = false;
        _repeatedNames |= _names & Bit(field.Known);
        _names |= Bit(field.Known);
        FieldCount++;
    }

    // There are fewer known names than bits.
    private static uint Bit(FieldName name) => 1u << (int)name;

    private void GrowFields()
    {
        var larger = ArrayPool<Field>.Shared.Rent(FieldCount < FieldsKept ? FieldsKept : FieldsMax);
        Fields.CopyTo(larger);
        ReturnFields();
        _fields = larger;
    }

    /// <summary>
    /// Interprets the Connection fields, after all fields were added; returns false when there are more than
    /// <see cref="ConnectionOptionsMax"/> options.
    /// </summary>
    // Connection = #connection-option                                                          RFC 9110 §7.6.1
    public bool ReadConnectionOptions()
    {
        if (!Has(FieldName.Connection)) return true;
        var count = 0;
        foreach (ref var field in Fields)
        {
            if (field.Known != FieldName.Connection) continue;
            var rest = this[field.Value];
            while (ListElement.TryNext(ref rest, out var option))
            {
                if (++count > ConnectionOptionsMax) return false;
                ReadConnectionOption(option);
            }
        }

        return true;
    }

    private void ReadConnectionOption(ReadOnlySpan<byte> option)
    {
        if (Ascii.EqualsIgnoreCase(option, "close"u8)) HasClose = true;
        else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8)) HasKeepAlive = true;
        else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8)) HasUpgrade = true;
        else
        {
            foreach (ref var field in Fields)
            {
                // The peer may not remove fields that frame, route, date or limit the message.
                if (IsBeyondConnection(field.Known)) continue;
                if (Ascii.EqualsIgnoreCase(option, this[field.Name])) field.IsNamedByConnection = true;
            }
        }
    }

    private static bool IsBeyondConnection(FieldName name) => name is
        FieldName.Host or FieldName.ContentLength or FieldName.Date or FieldName.MaxForwards;

    private void Reserve(int length)
    {
        _length = length;
        if (_buffer.Length >= length) return;
        ReturnBuffer();
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, BufferBytesMin));
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void ReturnFields()
    {
        if (_fields.Length > 0) ArrayPool<Field>.Shared.Return(_fields);
        _fields = [];
    }
}
