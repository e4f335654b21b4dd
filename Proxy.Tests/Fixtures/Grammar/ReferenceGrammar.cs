using System.Text.RegularExpressions;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>
/// The rules of RFC 9110, 9112 and 3986 as regular expressions, for readers that are slow and evident.
/// </summary>
internal static partial class ReferenceGrammar
{
    public const string Token = @"[!#$%&'*+\-.^_`|~0-9A-Za-z]+";
    public const string Text = @"[\t\x20-\x7E\x80-\xFF]";
    public const string Lenient = @"[^\r\n\0]";
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

    private const string TokenByte = @"[!#$%&'*+\-.^_`|~0-9A-Za-z]";
    private const string TargetByte = @"[!-~-[#]]";

    [GeneratedRegex($@"\A(?<method>{TokenByte}{{1,128}}) (?<target>{TargetByte}{{1,16384}}) HTTP/1\.(?<minor>[01])\z")]
    public static partial Regex RequestLine { get; }

    [GeneratedRegex($@"\AHTTP/(?<major>[1-9])\.(?<minor>[0-9]) +(?<rest>(?<status>[1-9][0-9]{{2}})(?: {Lenient}*)?)\z")]
    public static partial Regex StatusLine { get; }

    [GeneratedRegex($@"\A(?<name>{Token})(?<gap>[ \t]*):[ \t]*(?<value>{Text}*?)[ \t]*\z")]
    public static partial Regex FieldLine { get; }

    [GeneratedRegex($@"\A(?<name>{Token})(?<gap>[ \t]*):[ \t]*(?<value>{Lenient}*?)[ \t]*\z")]
    public static partial Regex ResponseFieldLine { get; }

    // What may still become a request line, or a status line.
    [GeneratedRegex($@"\A(?:{TokenByte}{{0,128}}|{TokenByte}{{1,128}} {TargetByte}{{0,16384}}|" +
        $@"{TokenByte}{{1,128}} {TargetByte}{{1,16384}} (?:|H|HT|HTT|HTTP|HTTP/|HTTP/1|HTTP/1\.|HTTP/1\.[01]\r?))\z")]
    public static partial Regex BeginningOfRequest { get; }

    [GeneratedRegex($@"\A(?:|H|HT|HTT|HTTP|HTTP/|HTTP/[1-9]|HTTP/[1-9]\.|HTTP/[1-9]\.[0-9](?: +(?:[0-9]{{0,2}}|" +
        $@"[1-9][0-9]{{2}}{Lenient}*\r?)?)?)\z")]
    public static partial Regex BeginningOfResponse { get; }

    [GeneratedRegex($@"\A(?:{RegName}*|{RegName}+:[0-9]{{0,5}}|\[{IPv6}\](?::[0-9]{{0,5}})?)\z")]
    public static partial Regex Host { get; }

    [GeneratedRegex(@"\A[Hh][Tt][Tt][Pp][Ss]?://(?<authority>[^/?]+)(?<path>.*)\z")]
    public static partial Regex AbsoluteForm { get; }

    [GeneratedRegex($@"\A(?<size>[0-9A-Fa-f]+)(?:{Extension})*\r\n")]
    public static partial Regex ChunkLine { get; }

    [GeneratedRegex(@"(?<!\r)\n")]
    public static partial Regex BareLineFeed { get; }
}
