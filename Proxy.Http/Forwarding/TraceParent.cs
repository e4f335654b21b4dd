using System.Buffers;
using System.Text;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>The traceparent header of W3C Trace Context: forwarded unchanged, and read for the log only.</summary>
internal static class TraceParent
{
    private const int VersionEnd = 2, IdStart = 3, IdEnd = 35, ParentStart = 36, ParentEnd = 52, FlagsStart = 53;
    private const int BytesMin = 55;
    private static readonly SearchValues<byte> Hex = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Returns the trace id; empty unless there is exactly one header and it is valid.</summary>
    public static ReadOnlySpan<byte> IdOf(RequestHead request)
    {
        ReadOnlySpan<byte> id = default;
        var count = 0;
        foreach (ref var field in request.Fields)
        {
            if (field.Known != FieldName.Other || field.IsNamedByConnection) continue;
            if (!Ascii.EqualsIgnoreCase(request[field.Name], "traceparent"u8)) continue;
            count++;
            id = IdIn(request[field.Value]);
        }

        return count == 1 ? id : default;
    }

    // version(2) "-" trace-id(32) "-" parent-id(16) "-" flags(2); a later version may add "-" and more.
    private static ReadOnlySpan<byte> IdIn(ReadOnlySpan<byte> value)
    {
        if (value.Length < BytesMin || value.StartsWith("ff"u8)) return default;
        var isShaped = value[VersionEnd] == '-' && value[IdEnd] == '-' && value[ParentEnd] == '-' &&
            (value.Length == BytesMin || (!value.StartsWith("00"u8) && value[BytesMin] == '-'));
        var id = value[IdStart..IdEnd];
        var parent = value[ParentStart..ParentEnd];
        return isShaped && IsHex(value[..VersionEnd]) && IsHex(id) && IsHex(parent) &&
            IsHex(value[FlagsStart..BytesMin]) && IsNotZero(id) && IsNotZero(parent)
            ? id
            : default;
    }

    private static bool IsHex(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(Hex);

    private static bool IsNotZero(ReadOnlySpan<byte> id) => id.ContainsAnyExcept((byte)'0');
}
