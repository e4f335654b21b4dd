using System.Buffers;
using System.Globalization;
using System.Text;

namespace Proxy.Core.Routing.Files;

/// <summary>Splits and joins the arguments of a command line as redis-cli does.</summary>
internal static class RedisCommandLine
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&()*+,;=%");

    /// <summary>Returns the arguments, or null if a quote is not closed or is followed by more.</summary>
    public static string[]? Split(string line)
    {
        var words = new List<string>();
        var at = 0;
        while (true)
        {
            while (at < line.Length && char.IsWhiteSpace(line[at])) at++;
            if (at == line.Length) return [.. words];
            if (Word(line, ref at) is not { } word) return null;
            words.Add(word);
        }
    }

    /// <summary>Returns one line that <see cref="Split"/> turns back into the arguments.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    private static string? Word(string line, ref int at)
    {
        var word = new StringBuilder();
        while (at < line.Length && !char.IsWhiteSpace(line[at]))
        {
            if (line[at] is not ('"' or '\''))
            {
                word.Append(line[at++]);
                continue;
            }
            if (!QuotedPart(line, ref at, word)) return null;
            if (at < line.Length && !char.IsWhiteSpace(line[at])) return null;
        }
        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(word.ToString()));
    }

    private static bool QuotedPart(string line, ref int at, StringBuilder word)
    {
        var quote = line[at++];
        while (at < line.Length)
        {
            var c = line[at++];
            if (c == quote) return true;
            if (c == '\\' && at < line.Length && (quote == '"' || line[at] == '\'')) c = Escaped(line, ref at);
            word.Append(c);
        }
        return false;
    }

    private static char Escaped(string line, ref int at)
    {
        var c = line[at++];
        if (c == 'x' && TryHex(line.AsSpan(at), out var code))
        {
            at += 2;
            return (char)code;
        }
        return c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'a' => '\a', _ => c };
    }

    private static bool TryHex(ReadOnlySpan<char> text, out byte code)
    {
        code = 0;
        return text.Length >= 2 && char.IsAsciiHexDigit(text[0]) && char.IsAsciiHexDigit(text[1])
            && byte.TryParse(text[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);
    }

    private static string Quoted(string word)
    {
        if (word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) && word[0] != '#') return word;
        var quoted = new StringBuilder("\"");
        foreach (var b in Encoding.UTF8.GetBytes(word))
        {
            if (b is >= 0x20 and < 0x7F and not ((byte)'"' or (byte)'\\')) quoted.Append((char)b);
            else quoted.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }
        return quoted.Append('"').ToString();
    }
}
