namespace Proxy.Http.Messages;

/// <summary>
/// Writes the header fields of one head in the form of a version of HTTP. Implemented by structures alone, so that the
/// rules which fields are sent are compiled for each of them.
/// </summary>
internal interface IFieldWriter
{
    /// <summary>Writes a field.</summary>
    void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>Writes a field whose value is a number.</summary>
    void Field(ReadOnlySpan<byte> name, long value);

    /// <summary>Writes a field whose value is text, in UTF-8.</summary>
    void Field(ReadOnlySpan<byte> name, string value);

    /// <summary>Writes a field of a head as it was received. All such fields of one writer are of one head.</summary>
    void Field(Head head, in Field field);

    /// <summary>Begins a field whose value is appended in pieces.</summary>
    void BeginField(ReadOnlySpan<byte> name);

    /// <summary>Appends a piece of the value.</summary>
    void Append(ReadOnlySpan<byte> piece);

    /// <summary>Ends the field that was begun.</summary>
    void EndField();
}
