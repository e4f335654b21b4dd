namespace Proxy.Http.Messages;

/// <summary>
/// A writer of the header fields of one head, in one version of HTTP. Implementations are structs, so that the generic
/// code that selects the fields is compiled for each of them.
/// </summary>
internal interface IFieldWriter
{
    /// <summary>Writes a field.</summary>
    void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>Writes a field whose value is a number.</summary>
    void Field(ReadOnlySpan<byte> name, long value);

    /// <summary>Writes a field whose value is text, in UTF-8.</summary>
    void Field(ReadOnlySpan<byte> name, string value);

    /// <summary>Writes a field as received. All fields given to one writer in this way must be of one head.</summary>
    void Field(Head head, in Field field);

    /// <summary>Begins a field whose value is appended in pieces.</summary>
    void BeginField(ReadOnlySpan<byte> name);

    /// <summary>Appends a piece of the value.</summary>
    void Append(ReadOnlySpan<byte> piece);

    /// <summary>Ends the field that was begun.</summary>
    void EndField();
}
