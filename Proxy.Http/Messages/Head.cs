using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Proxy.Http.Messages;

/// <summary>One field line of a head.</summary>
internal struct Field
{
    /// <summary>Which field it is, when it means something to a proxy.</summary>
    public FieldName Known;

    /// <summary>Named by Connection as belonging to this connection only (RFC 9110 §7.6.1).</summary>
    public bool IsNamedByConnection;

    public Slice Name;

    /// <summary>Without the white space around it.</summary>
    public Slice Value;

    /// <summary>Behind the line's CRLF.</summary>
    public int LineEnd;
}

/// <summary>
/// The bytes of a head, copied once out of the connection's buffer, and where its parts lie in them. Reused from
/// message to message.
/// </summary>
internal abstract class Head
{
    /// <summary>Field lines in one head (431 beyond).</summary>
    public const int FieldsMax = 128;

    /// <summary>Options in the Connection fields of one head; each is compared with every field.</summary>
    public const int ConnectionOptionsMax = 64;

    private const int BufferBytesMin = 2 * 1024;
    private const int BufferBytesKept = 8 * 1024;
    private const int FieldsKept = 32;
    private byte[] _buffer = [];
    private Field[] _fields = [];
    private int _length;
    private uint _names;
    private uint _repeatedNames;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    public Span<Field> Fields => _fields.AsSpan(0, FieldCount);

    public int FieldCount { get; private set; }

    /// <summary>
    /// What it says about whom the sender speaks for is not believed: such fields, and such trailers, are left out.
    /// </summary>
    public bool IsDistrusted { get; set; }

    /// <summary>How the body that follows is framed.</summary>
    public Framing Framing { get; set; }

    /// <summary>The version the sender uses for this message.</summary>
    public ProtocolVersion Version { get; set; }

    /// <summary>Connection: close was there.</summary>
    public bool HasClose { get; private set; }

    /// <summary>Connection: keep-alive was there.</summary>
    public bool HasKeepAlive { get; private set; }

    /// <summary>Connection: upgrade was there.</summary>
    public bool HasUpgrade { get; private set; }

    /// <summary>Whether the sender would go on with this connection (RFC 9112 §9.3).</summary>
    public bool IsPersistent => !HasClose && (Version != ProtocolVersion.Http10 || HasKeepAlive);

    // Called some thirty times a request: inlined, and its loops, that is 1 % of all instructions of a request.
    public ReadOnlySpan<byte> this[Slice slice]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _buffer.AsSpan(slice.Start, slice.Length);
    }

    /// <summary>Takes a copy of the bytes; whatever was held before is forgotten.</summary>
    public ReadOnlySpan<byte> Load(in ReadOnlySequence<byte> bytes)
    {
        Reserve((int)bytes.Length);
        bytes.CopyTo(_buffer);
        return Bytes;
    }

    /// <summary>Takes a copy of bytes that lie in one piece, which may be its own.</summary>
    public void Load(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer);
    }

    /// <summary>Forgets all but the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length) => _length = length;

    /// <summary>Forgets the message.</summary>
    public virtual void Reset()
    {
        _length = 0;
        FieldCount = 0;
        _names = _repeatedNames = 0;
        Framing = default;
        HasClose = HasKeepAlive = HasUpgrade = false;
        Trim();
    }

    /// <summary>Memory beyond the usual size goes back to the pool; the message is over.</summary>
    public void Trim()
    {
        if (_buffer.Length > BufferBytesKept) ReturnBuffer();
        if (_fields.Length > FieldsKept) ReturnFields();
    }

    /// <summary>Whether there is a field of that name.</summary>
    public bool Has(FieldName name) => (_names & Bit(name)) != 0;

    /// <summary>Whether there is more than one.</summary>
    public bool HasMany(FieldName name) => (_repeatedNames & Bit(name)) != 0;

    /// <summary>The first field of that name, or an empty slice with a negative start.</summary>
    public Slice ValueOf(FieldName name)
    {
        if (!Has(name)) return new Slice(-1, 0);
        foreach (ref var field in Fields)
        {
            if (field.Known == name) return field.Value;
        }

        return new Slice(-1, 0);
    }

    /// <summary>The value of the first field of that name; empty when there is none.</summary>
    public ReadOnlySpan<byte> TextOf(FieldName name)
    {
        var value = ValueOf(name);
        return value.Start < 0 ? default : this[value];
    }

    /// <summary>Whether there is a field of that name.</summary>
    public bool Has(ReadOnlySpan<byte> name)
    {
        foreach (ref var field in Fields)
        {
            if (Ascii.EqualsIgnoreCase(this[field.Name], name)) return true;
        }

        return false;
    }

    /// <summary>Whether Connection names this field, be it in the head or behind the body (RFC 9110 §7.6.1).</summary>
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

    /// <summary>Returns the next free field, to be filled and added; <see cref="FieldsMax"/> at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Field NewField()
    {
        if (FieldCount == _fields.Length) GrowFields();
        return ref _fields[FieldCount];
    }

    /// <summary>Adds the field that <see cref="NewField"/> returned, whose name is set by now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddField(ref Field field)
    {
        field.Known = FieldNames.Known(this[field.Name]);
        field.IsNamedByConnection = false;
        _repeatedNames |= _names & Bit(field.Known);
        _names |= Bit(field.Known);
        FieldCount++;
    }

    // There are fewer names than bits.
    private static uint Bit(FieldName name) => 1u << (int)name;

    private void GrowFields()
    {
        var more = ArrayPool<Field>.Shared.Rent(FieldCount < FieldsKept ? FieldsKept : FieldsMax);
        Fields.CopyTo(more);
        ReturnFields();
        _fields = more;
    }

    /// <summary>
    /// Reads the Connection fields, once all fields were added; false when there are more than
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
                // What frames, routes, dates or bounds the message is not the peer's to remove.
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
