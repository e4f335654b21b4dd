namespace Proxy.Http.Messages;

/// <summary>The trailer fields of a message (RFC 9110 §6.5), read whole.</summary>
internal sealed class TrailerSection : Head
{
    /// <summary>
    /// Whether a field of the message that began with <paramref name="head"/> may be passed on: framing, routing and
    /// authentication may not come this late, nor what belongs to the connection.
    /// </summary>
    public bool IsAllowed(in Field field, Head head) =>
        !field.IsNamedByConnection && !FieldNames.IsForbiddenInTrailers(field.Known) &&
        !head.NamesInConnection(this[field.Name]) && !(head.IsDistrusted && FieldNames.IsClaim(this[field.Name])) &&
        !(head is RequestHead && FieldNames.IsDisguised(this[field.Name]));
}
