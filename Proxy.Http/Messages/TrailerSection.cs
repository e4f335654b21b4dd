namespace Proxy.Http.Messages;

/// <summary>The complete trailer fields of a message (RFC 9110 §6.5).</summary>
internal sealed class TrailerSection : Head
{
    /// <summary>
    /// Returns whether a trailer field of the message that began with <paramref name="head"/> may be forwarded. Fields
    /// for framing, routing and authentication, and hop-by-hop fields, may not.
    /// </summary>
    public bool IsAllowed(in Field field, Head head) =>
        !field.IsNamedByConnection && !FieldNames.IsForbiddenInTrailers(field.Known) &&
        !head.NamesInConnection(this[field.Name]) &&
        !(head.IsUntrusted && FieldNames.IsForwardingField(this[field.Name])) &&
        !(head is RequestHead && FieldNames.IsUnderscoreAlias(this[field.Name]));
}
