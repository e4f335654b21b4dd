using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>The parser of the field lines of a head or a trailer section (RFC 9112 §5).</summary>
internal static class FieldSection
{
    // field-section = *( field-line CRLF ) CRLF                                                RFC 9112 §2.1, §5
    /// <summary>Reads all field lines and the empty line after them into the head.</summary>
    public static Rejection Read(ref Cursor at, Head head, bool isResponse)
    {
        while (!at.Crlf())
        {
            if (head.FieldCount == Head.FieldsMax) return Rejection.TooManyFields;
            ref var field = ref head.NewField();
            if (!at.FieldLine(ref field, isResponse)) return Rejection.BadField;
            head.AddField(ref field);
        }

        return head.ReadConnectionOptions() ? Rejection.None : Rejection.BadField;
    }

    /// <summary>Checks the complete lines of an incomplete section, so that errors are found early.</summary>
    public static Rejection CheckLines(ref Cursor at, bool isResponse)
    {
        var field = default(Field);
        while (at.HasLine)
        {
            if (!at.FieldLine(ref field, isResponse)) return Rejection.BadField;
        }

        return Rejection.None;
    }
}
