using System.Text.RegularExpressions;

namespace Proxy.Tests.Tidy;

/// <summary>Finds the members of all types in a file by matching its brackets.</summary>
internal static partial class Members
{
    /// <summary>Each member that is not a type itself, with its first line and how many it has.</summary>
    public static IEnumerable<(string Name, int Line, int Lines)> Of(string code) => In(code, 0, code.Length);

    private static IEnumerable<(string Name, int Line, int Lines)> In(string code, int from, int to)
    {
        var start = from;
        while (start < to)
        {
            while (start < to && (char.IsWhiteSpace(code[start]) || code[start] == '['))
                start = code[start] == '[' ? EndOfAttribute(code, start, to) : start + 1;
            if (start == to) yield break;

            var (bodyStart, end) = EndOf(code, start, to);
            var header = code[start..(bodyStart < 0 ? end : bodyStart)];
            if (bodyStart >= 0 && TypeDeclaration().IsMatch(header))
            {
                foreach (var member in In(code, bodyStart + 1, end - 1)) yield return member;
            }
            else if (!EnumDeclaration().IsMatch(header))    // a list of names, which may be as long as it is
            {
                var lines = code.AsSpan(start, end - start).Count('\n') + 1;
                yield return (header.Split('\n')[0].Trim(), LineOf(code, start), lines);
            }

            start = end;
        }
    }

    // Attributes are not counted: many cases make no long member.
    private static int EndOfAttribute(string code, int start, int to)
    {
        var depth = 0;
        for (var at = start; at < to; at++)
        {
            if (code[at] == '[') depth++;
            else if (code[at] == ']' && --depth == 0) return at + 1;
        }

        return to;
    }

    // A member ends with its semicolon, or with the brace that closes its body.
    private static (int BodyStart, int End) EndOf(string code, int start, int to)
    {
        var depth = 0;
        var bodyStart = -1;
        for (var at = start; at < to; at++)
        {
            switch (code[at])
            {
                case '(' or '[':
                    depth++;
                    break;
                case '{':
                    if (depth++ == 0) bodyStart = at;
                    break;
                case ')' or ']':
                    depth--;
                    break;
                case '}' when --depth == 0:
                    return (bodyStart, at + 1);
                case ';' when depth == 0:
                    return (-1, at + 1);
            }
        }

        return (-1, to);
    }

    private static int LineOf(string code, int position) => code.AsSpan(0, position).Count('\n') + 1;

    [GeneratedRegex(@"(^|\s)enum\s+\w[^;=]*$", RegexOptions.Singleline)]
    private static partial Regex EnumDeclaration();

    [GeneratedRegex(@"(^|\s)(class|struct|record|interface|namespace)\s+\w[^;]*$", RegexOptions.Singleline)]
    private static partial Regex TypeDeclaration();
}
