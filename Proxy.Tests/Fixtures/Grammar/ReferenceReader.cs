using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Proxy.Http.Messages;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>What the slow readers say.</summary>
internal readonly record struct ReferenceReading(Verdict Verdict, int Length = 0, string Meaning = "");

/// <summary>
/// Reads messages with strings and regular expressions, one sentence of the RFC after the other: an oracle for the
/// parsers, which shares nothing with them but the names of the results.
/// </summary>
internal static class ReferenceReader
{
    private static readonly ReferenceReading Refused = new(Verdict.Refused);

    private static readonly Dictionary<string, Method> Methods = new(StringComparer.Ordinal)
    {
        ["GET"] = Method.Get,
        ["HEAD"] = Method.Head,
        ["POST"] = Method.Post,
        ["PUT"] = Method.Put,
        ["DELETE"] = Method.Delete,
        ["TRACE"] = Method.Trace,
        ["OPTIONS"] = Method.Options,
        ["CONNECT"] = Method.Connect,
    };

    public static ReferenceReading OfRequest(string text)
    {
        var end = EndOfHead(text);
        if (end < 0)
        {
            return Unfinished(
                text, ReferenceGrammar.BeginningOfRequest, ReferenceGrammar.RequestLine, ReferenceGrammar.FieldLine);
        }

        var lines = text[..(end - 4)].Split("\r\n");
        var line = ReferenceGrammar.RequestLine.Match(lines[0]);
        if (!line.Success) return Refused;
        var head = ReferenceFields.Of(lines[1..], isResponse: false);
        var (method, target) = (line.Groups["method"].Value, line.Groups["target"].Value);
        var minor = line.Groups["minor"].Value;
        if (head is null || HostOf(head, minor) is not { } host) return Refused;
        if (FormOf(method, target, host) is not { } form) return Refused;
        if (FramingOf(head, minor, isResponse: false) is not { } framing) return Refused;
        return new ReferenceReading(Verdict.Accepted, end,
            $"{Methods.GetValueOrDefault(method)} {method} {form.Name} {form.Path} 1.{minor}\n" +
            $"host {form.Host} {framing} persistent {head.IsPersistent(minor)}\n{head.Text}");
    }

    public static ReferenceReading OfResponse(string text, Method method)
    {
        var end = EndOfHead(text);
        if (end < 0)
        {
            return Unfinished(
                text, ReferenceGrammar.BeginningOfResponse, ReferenceGrammar.StatusLine,
                ReferenceGrammar.ResponseFieldLine);
        }

        var lines = text[..(end - 4)].Split("\r\n");
        var line = ReferenceGrammar.StatusLine.Match(lines[0]);
        var head = ReferenceFields.Of(lines[1..], isResponse: true);
        if (!line.Success || head is null) return Refused;
        var minor = line.Groups["major"].Value == "1" && line.Groups["minor"].Value == "0" ? "0" : "1";
        var status = int.Parse(line.Groups["status"].Value, CultureInfo.InvariantCulture);
        var hasNone = status is < 200 or 204;
        var framing = hasNone ? default(Framing) : FramingOf(head, minor, isResponse: true);
        if (framing is null) return Refused;
        if (method == Method.Head || status == 304) framing = default(Framing);
        else if (!hasNone && head.Values("content-length").Length + head.Values("transfer-encoding").Length == 0)
            framing = new Framing(BodyKind.UntilClose);
        return new ReferenceReading(Verdict.Accepted, end,
            $"1.{minor} {status} {line.Groups["rest"].Value}\n" +
            $"{framing} persistent {head.IsPersistent(minor)}\n{head.Text}");
    }

    public static ReferenceReading OfTrailers(string text)
    {
        if (text.StartsWith("\r\n", StringComparison.Ordinal)) return new ReferenceReading(Verdict.Accepted, 2);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        if (end is 3 or > 16 * 1024) return Unfinished(text, 16 * 1024);
        var head = ReferenceFields.Of(text[..(end - 4)].Split("\r\n"), isResponse: false);
        return head is null ? Refused : new ReferenceReading(Verdict.Accepted, end, head.Text);
    }

    /// <summary>
    /// The meaning of a whole chunked body is its content; refused is only what ended a line wrongly.
    /// </summary>
    public static ReferenceReading OfChunks(string text)
    {
        var (at, content) = (0, "");
        while (true)
        {
            var line = ReferenceGrammar.ChunkLine.Match(text[at..]);
            if (!line.Success) return text.IndexOf('\n', at) >= 0 ? Refused : new ReferenceReading(Verdict.Incomplete);
            var size = SizeOf(line.Groups["size"].Value);
            if (line.Length > 4 * 1024 || size > long.MaxValue) return Refused;
            at += line.Length;
            if (size == 0) return new ReferenceReading(Verdict.Accepted, at, content);
            if (text.Length - at < size + 2) return new ReferenceReading(Verdict.Incomplete);
            content += text.Substring(at, (int)size);
            at += (int)size;
            if (text.Substring(at, 2) != "\r\n") return Refused;
            at += 2;
        }
    }

    private static BigInteger SizeOf(string hex) =>
        BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static int EndOfHead(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0 || end + 4 > 64 * 1024 ? -1 : end + 4;
    }

    // Each line that is complete must be right, and the first one, if it is not, must be the beginning of one.
    private static ReferenceReading Unfinished(string text, Regex beginning, Regex first, Regex field)
    {
        var lines = text.Split("\r\n");
        var isHopeless = lines.Length == 1
            ? !beginning.IsMatch(text)
            : !first.IsMatch(lines[0]) || !lines[1..^1].All(line => IsField(line, field));
        return isHopeless ? Refused : Unfinished(text, 64 * 1024);
    }

    private static bool IsField(string line, Regex grammar) =>
        grammar.Match(line) is { Success: true } match &&
        (grammar == ReferenceGrammar.ResponseFieldLine || match.Groups["gap"].Length == 0);

    private static ReferenceReading Unfinished(string text, int bound)
    {
        var isHopeless = text.Length >= bound || ReferenceGrammar.BareLineFeed.IsMatch(text);
        return new ReferenceReading(isHopeless ? Verdict.Refused : Verdict.Incomplete);
    }

    // One Host in HTTP/1.1, at most one in HTTP/1.0, valid if there; null when that is not so.
    private static string? HostOf(ReferenceFields head, string minor)
    {
        var hosts = head.Values("host");
        if (hosts.Length > 1 || (hosts.Length == 0 && minor == "1")) return null;
        var host = hosts.SingleOrDefault("");
        return ReferenceGrammar.Host.IsMatch(host) ? host : null;
    }

    private static (string Name, string Path, string Host)? FormOf(string method, string target, string host)
    {
        if (method == "CONNECT") return ReferenceGrammar.Host.IsMatch(target) ? ("Authority", target, host) : null;
        if (target[0] == '/') return ("Origin", target, host);
        if (target == "*") return method == "OPTIONS" ? ("Asterisk", target, host) : null;
        var absolute = ReferenceGrammar.AbsoluteForm.Match(target);
        var authority = absolute.Groups["authority"].Value;
        if (!absolute.Success || !ReferenceGrammar.Host.IsMatch(authority)) return null;
        return ("Absolute", absolute.Groups["path"].Value, authority);
    }

    private static Framing? FramingOf(ReferenceFields head, string minor, bool isResponse)
    {
        var (codings, lengths) = (head.Values("transfer-encoding"), head.Values("content-length"));
        if (codings.Length > 0 && codings.Length + lengths.Length > 1) return null;
        if (codings.Length == 1)
            return minor == "1" && Regex.IsMatch(codings[0], @"\A[Cc][Hh][Uu][Nn][Kk][Ee][Dd]\z")
                ? new Framing(BodyKind.Chunked)
                : null;
        if (lengths.Length == 0) return default(Framing);
        if (isResponse) lengths = [.. lengths.SelectMany(value => value.Split(',')).Select(one => one.Trim(' ', '\t'))];
        var digits = isResponse ? @"\A0*[0-9]{1,18}\z" : @"\A[0-9]{1,18}\z";
        if (!lengths.All(one => Regex.IsMatch(one, digits))) return null;
        var values = lengths.Select(one => long.Parse(one, CultureInfo.InvariantCulture)).Distinct().ToList();
        if (values.Count > 1 || (lengths.Length > 1 && !isResponse)) return null;
        return values[0] == 0 ? default(Framing) : new Framing(BodyKind.Length, values[0]);
    }
}
