using System.Text.RegularExpressions;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>
/// The rules of RFC 9110, 9112 and 3986 as regular expressions, for readers that are slow and evident.
/// </summary>
internal static partial class ReferenceGrammar
{
    public const string Token = @"[!#$%&'*+\-.^_`|~0-9A-Za-z]+";
    public const string Text = @"[\t\x20-\x7E\x80-\xFF]";
    public const string Quoted = @"""(?:[\t\x20\x21\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t\x20-\x7E\x80-\xFF])*""";
    public const string RegName = @"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})";
    public const string Octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    public const string Hex = "[0-9A-Fa-f]{1,4}";
    public const string Last32 = $@"(?:{Hex}:{Hex}|{Octet}(?:\.{Octet}){{3}})";

    public const string IPv6 =
        $"(?:(?:{Hex}:){{6}}{Last32}" +
        $"|::(?:{Hex}:){{5}}{Last32}" +
        $"|(?:{Hex})?::(?:{Hex}:){{4}}{Last32}" +
        $"|(?:(?:{Hex}:){{0,1}}{Hex})?::(?:{Hex}:){{3}}{Last32}" +
        $"|(?:(?:{Hex}:){{0,2}}{Hex})?::(?:{Hex}:){{2}}{Last32}" +
        $"|(?:(?:{Hex}:){{0,3}}{Hex})?::{Hex}:{Last32}" +
        $"|(?:(?:{Hex}:){{0,4}}{Hex})?::{Last32}" +
        $"|(?:(?:{Hex}:){{0,5}}{Hex})?::{Hex}" +
        $"|(?:(?:{Hex}:){{0,6}}{Hex})?::)";

    private const string Extension = $@"[ \t]*;[ \t]*{Token}(?:[ \t]*=[ \t]*(?:{Token}|{Quoted}))?";

    [GeneratedRegex($@"\A(?<method>{Token}) (?<target>[^\x00-\x20\x7F#]+) HTTP/1\.(?<minor>[01])\z")]
    public static partial Regex RequestLine { get; }

    [GeneratedRegex($@"\AHTTP/1\.(?<minor>[01]) (?<rest>(?<status>[1-9][0-9]{{2}})(?: {Text}*)?)\z")]
    public static partial Regex StatusLine { get; }

    [GeneratedRegex($@"\A(?<name>{Token})(?<gap>[ \t]*):[ \t]*(?<value>{Text}*?)[ \t]*\z")]
    public static partial Regex FieldLine { get; }

    [GeneratedRegex($@"\A(?:{RegName}*|{RegName}+:[0-9]{{0,5}}|\[{IPv6}\](?::[0-9]{{0,5}})?)\z")]
    public static partial Regex Host { get; }

    [GeneratedRegex(@"\A[Hh][Tt][Tt][Pp][Ss]?://(?<authority>[^/?]+)(?<path>.*)\z")]
    public static partial Regex AbsoluteForm { get; }

    [GeneratedRegex($@"\A(?<size>[0-9A-Fa-f]+)(?:{Extension})*\r\n")]
    public static partial Regex ChunkLine { get; }

    [GeneratedRegex(@"(?<!\r)\n")]
    public static partial Regex BareLineFeed { get; }

    [GeneratedRegex($@"\A{Token}")]
    public static partial Regex BeginsWithToken { get; }
}
