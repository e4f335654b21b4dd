namespace Proxy.Tests.Tidy;

/// <summary>
/// C# text split into code, comments and literals, each with spaces where the others stand, so that lines and
/// positions stay. Knows as much of the language's lexis as that takes.
/// </summary>
internal sealed class CSharpText
{
    private readonly string _text;
    private readonly char[] _code;
    private readonly char[] _comments;
    private int _at;

    public CSharpText(string text)
    {
        _text = text;
        _code = [.. text];
        _comments = [.. text.Select(c => c == '\n' ? c : ' ')];
        ReadCode(closingBraces: 0);
        Code = new string(_code);
        Comments = new string(_comments);
    }

    /// <summary>Comments and the inside of literals blanked. The code in an interpolation's holes stays.</summary>
    public string Code { get; }

    /// <summary>Everything blanked but the comments.</summary>
    public string Comments { get; }

    /// <summary>Everything blanked but the inside of literals.</summary>
    public string Literals => new([.. _text.Select((c, at) => IsLiteral(at) ? c : c == '\n' ? c : ' ')]);

    private bool IsLiteral(int at) => Code[at] == ' ' && Comments[at] == ' ';

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private bool StartsWith(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    // Until the end, or until that many closing braces of an interpolation's hole.
    private void ReadCode(int closingBraces)
    {
        var depth = 0;
        while (_at < _text.Length)
        {
            if (StartsWith("//")) BlankComment(_text.IndexOf('\n', _at));
            else if (StartsWith("/*")) BlankComment(_text.IndexOf("*/", _at, StringComparison.Ordinal) + 2);
            else if (Peek() == '\'') ReadCharacter();
            else if (LiteralPrefix() is var prefix && Peek(prefix) == '"') ReadString(prefix);
            else if (Peek() == '}' && depth == 0 && closingBraces > 0) return;
            else
            {
                if (Peek() == '{') depth++;
                if (Peek() == '}') depth--;
                _at++;
            }
        }
    }

    private int LiteralPrefix()
    {
        var length = 0;
        while (Peek(length) is '$' or '@') length++;
        return length;
    }

    private void BlankComment(int end)
    {
        if (end < _at) end = _text.Length;
        for (; _at < end; _at++)
        {
            if (_text[_at] == '\n') continue;
            _comments[_at] = _text[_at];
            _code[_at] = ' ';
        }
    }

    private void Blank(int count)
    {
        for (var end = Math.Min(_at + count, _text.Length); _at < end; _at++)
        {
            if (_text[_at] != '\n') _code[_at] = ' ';
        }
    }

    private void ReadCharacter()
    {
        Blank(Peek(1) == '\\' ? 3 : 2);
        while (_at < _text.Length && Peek() != '\'') Blank(1);
        Blank(1);
    }

    private void ReadString(int prefix)
    {
        var dollars = _text.AsSpan(_at, prefix).Count('$');
        var isVerbatim = _text.AsSpan(_at, prefix).Contains('@');
        Blank(prefix);
        var quotes = Run('"');
        if (quotes >= 3) ReadRaw(dollars, quotes);
        else if (quotes == 2) Blank(2);
        else ReadQuoted(dollars > 0, isVerbatim);
    }

    private void ReadQuoted(bool isInterpolated, bool isVerbatim)
    {
        Blank(1);
        while (_at < _text.Length)
        {
            if (Peek() == '\\' && !isVerbatim) Blank(2);
            else if (Peek() == '"' && Peek(1) == '"' && isVerbatim) Blank(2);
            else if (Peek() == '"') break;
            else if (isInterpolated && Peek() is '{' or '}' && Peek() == Peek(1)) Blank(2);
            else if (isInterpolated && Peek() == '{') ReadHole(1);
            else Blank(1);
        }

        Blank(1);
    }

    private void ReadRaw(int dollars, int quotes)
    {
        Blank(quotes);
        while (_at < _text.Length && Run('"') < quotes)
        {
            if (dollars > 0 && Run('{') >= dollars)
            {
                Blank(Run('{') - dollars);
                ReadHole(dollars);
            }
            else Blank(1);
        }

        Blank(quotes);
    }

    private void ReadHole(int braces)
    {
        Blank(braces);
        ReadCode(braces);
        Blank(braces);
    }

    private int Run(char wanted)
    {
        var length = 0;
        while (Peek(length) == wanted) length++;
        return length;
    }
}
