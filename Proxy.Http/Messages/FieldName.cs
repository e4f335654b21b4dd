using System.Buffers.Binary;
using System.Text;

namespace Proxy.Http.Messages;

/// <summary>The fields with a meaning for a proxy; all others are forwarded without being interpreted.</summary>
internal enum FieldName : byte
{
    Other,
    Authorization,
    Connection,
    ContentEncoding,
    ContentLength,
    ContentRange,
    ContentType,
    Cookie,
    Date,
    Expect,
    Host,
    Http2Settings,
    KeepAlive,
    MaxForwards,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyConnection,
    Referer,
    SetCookie,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
    UserAgent,
    WwwAuthenticate,
    XDebugRouter,
    XForwardedFor,
    XForwardedHost,
    XForwardedProto,
    XHost,
}

/// <summary>Recognizes and classifies field names.</summary>
internal static class FieldNames
{
    private const int KnownBytesMax = 19;
    private const int ClaimBytesMax = 12;    // as long as "X-Forwarded-"

    /// <summary>Returns the known field with that name, ignoring case.</summary>
    public static FieldName Known(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Is(name, "TE"u8, FieldName.Te),
        4 => (name[0] | 0x20) == 'h' ? Is(name, "Host"u8, FieldName.Host) : Is(name, "Date"u8, FieldName.Date),
        6 => Six(name),
        7 => Seven(name),
        10 => Ten(name),
        12 => (name[0] | 0x20) == 'c'
            ? Is(name, "Content-Type"u8, FieldName.ContentType)
            : Is(name, "Max-Forwards"u8, FieldName.MaxForwards),
        13 => (name[0] | 0x20) == 'a'
            ? Is(name, "Authorization"u8, FieldName.Authorization)
            : Is(name, "Content-Range"u8, FieldName.ContentRange),
        14 => Fourteen(name),
        15 => Is(name, "X-Forwarded-For"u8, FieldName.XForwardedFor),
        16 => Sixteen(name),
        17 => (name[0] | 0x20) == 't'
            ? Is(name, "Transfer-Encoding"u8, FieldName.TransferEncoding)
            : Is(name, "X-Forwarded-Proto"u8, FieldName.XForwardedProto),
        18 => Is(name, "Proxy-Authenticate"u8, FieldName.ProxyAuthenticate),
        19 => Is(name, "Proxy-Authorization"u8, FieldName.ProxyAuthorization),
        _ => FieldName.Other,
    };

    /// <summary>
    /// Returns whether a field is hop-by-hop, even if Connection does not list it (RFC 9110 §7.6.1): such fields are
    /// never forwarded.
    /// </summary>
    public static bool IsHopByHop(FieldName name) => name is
        FieldName.Connection or FieldName.Http2Settings or FieldName.KeepAlive or FieldName.ProxyAuthenticate or
        FieldName.ProxyAuthorization or FieldName.ProxyConnection or FieldName.Te or FieldName.Trailer or
        FieldName.TransferEncoding or FieldName.Upgrade;

    /// <summary>
    /// Returns whether a field frames, routes or authenticates, and so may not be a trailer (RFC 9110 §6.5.1).
    /// </summary>
    public static bool IsForbiddenInTrailers(FieldName name) => IsHopByHop(name) || name is
        FieldName.Authorization or FieldName.ContentEncoding or FieldName.ContentLength or FieldName.ContentRange or
        FieldName.ContentType or FieldName.Cookie or FieldName.Expect or FieldName.Host or FieldName.MaxForwards or
        FieldName.SetCookie or
        FieldName.XDebugRouter or FieldName.XForwardedFor or FieldName.XForwardedHost or FieldName.XForwardedProto or
        FieldName.XHost;

    /// <summary>
    /// Returns whether a name with <c>_</c> becomes a known name with <c>-</c>, as CGI maps both to the same variable
    /// (RFC 3875 §4.1.18). A backend would take such a field for one that the proxy has checked or written.
    /// </summary>
    public static bool IsUnderscoreAlias(ReadOnlySpan<byte> name)
    {
        if (name.Length > KnownBytesMax || !name.Contains((byte)'_')) return false;
        Span<byte> plain = stackalloc byte[KnownBytesMax];
        name.Replace(plain, (byte)'_', (byte)'-');
        return Known(plain[..name.Length]) != FieldName.Other;
    }

    /// <summary>
    /// Returns whether a field identifies the original client or host, as proxies send it to each other
    /// (X-Forwarded-For and the like). <c>_</c> counts as <c>-</c>, as in CGI.
    /// </summary>
    public static bool IsForwardingField(ReadOnlySpan<byte> name)
    {
        Span<byte> plain = stackalloc byte[ClaimBytesMax];
        var start = name[..Math.Min(name.Length, ClaimBytesMax)];
        start.Replace(plain, (byte)'_', (byte)'-');
        plain = plain[..start.Length];
        if (plain.Length == ClaimBytesMax) return Ascii.EqualsIgnoreCase(plain, "X-Forwarded-"u8);
        return Ascii.EqualsIgnoreCase(plain, "Forwarded"u8) || Ascii.EqualsIgnoreCase(plain, "X-Real-IP"u8) ||
            Ascii.EqualsIgnoreCase(plain, "X-Host"u8);
    }

    private static FieldName Six(ReadOnlySpan<byte> name) => (name[0] | 0x20) switch
    {
        'e' => Is(name, "Expect"u8, FieldName.Expect),
        'c' => Is(name, "Cookie"u8, FieldName.Cookie),
        'x' => Is(name, "X-Host"u8, FieldName.XHost),
        _ => FieldName.Other,
    };

    private static FieldName Seven(ReadOnlySpan<byte> name) => (name[0] | 0x20) switch
    {
        'u' => Is(name, "Upgrade"u8, FieldName.Upgrade),
        't' => Is(name, "Trailer"u8, FieldName.Trailer),
        'r' => Is(name, "Referer"u8, FieldName.Referer),
        _ => FieldName.Other,
    };

    private static FieldName Ten(ReadOnlySpan<byte> name) => (name[0] | 0x20) switch
    {
        'c' => Is(name, "Connection"u8, FieldName.Connection),
        'k' => Is(name, "Keep-Alive"u8, FieldName.KeepAlive),
        'u' => Is(name, "User-Agent"u8, FieldName.UserAgent),
        's' => Is(name, "Set-Cookie"u8, FieldName.SetCookie),
        _ => FieldName.Other,
    };

    private static FieldName Fourteen(ReadOnlySpan<byte> name) => (name[0] | 0x20) switch
    {
        'c' => Is(name, "Content-Length"u8, FieldName.ContentLength),
        'x' => Is(name, "X-Debug-Router"u8, FieldName.XDebugRouter),
        'h' => Is(name, "HTTP2-Settings"u8, FieldName.Http2Settings),
        _ => FieldName.Other,
    };

    private static FieldName Sixteen(ReadOnlySpan<byte> name) => (name[0] | 0x20) switch
    {
        'p' => Is(name, "Proxy-Connection"u8, FieldName.ProxyConnection),
        'x' => Is(name, "X-Forwarded-Host"u8, FieldName.XForwardedHost),
        'c' => Is(name, "Content-Encoding"u8, FieldName.ContentEncoding),
        'w' => Is(name, "WWW-Authenticate"u8, FieldName.WwwAuthenticate),
        _ => FieldName.Other,
    };

    private static FieldName Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known, FieldName meaning) =>
        IsSame(name, known) ? meaning : FieldName.Other;

    // Compares ignoring case; a known name consists of letters, digits and "-". Compares 8 bytes at a time; the last
    // word overlaps the one before.
    private static bool IsSame(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known)
    {
        if (known.Length < sizeof(ulong)) return Ascii.EqualsIgnoreCase(name, known);
        var last = known.Length - sizeof(ulong);
        var differences = Differences(Word(name, last), Word(known, last));
        for (var at = 0; at < last; at += sizeof(ulong)) differences |= Differences(Word(name, at), Word(known, at));
        return differences == 0;
    }

    // ASCII letters have bit 6 set, and bit 5 is their case. Digits and "-" do not have bit 6 set.
    private static ulong Differences(ulong name, ulong known)
    {
        const ulong Letters = 0x4040_4040_4040_4040;
        return (name ^ known) & ~((known & Letters) >> 1);
    }

    private static ulong Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
