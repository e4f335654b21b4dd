namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>The fields of a head, as names and values in their order.</summary>
internal sealed class ReferenceFields
{
    private readonly List<(string Name, string Value)> _fields = [];

    private ReferenceFields()
    {
    }

    /// <summary>In the form of <see cref="Parsed.FieldsOf"/>.</summary>
    public string Text => string.Concat(_fields.Select(f => $"{(IsNamed(f.Name) ? "!" : "")}{f.Name}={f.Value}\n"));

    private List<string> Options =>
    [
        .. Values("connection").SelectMany(v => v.Split(','))
            .Select(o => o.Trim(' ', '\t').ToLowerInvariant()).Where(o => o != ""),
    ];

    /// <summary>Null when a line is none, or a bound is exceeded.</summary>
    public static ReferenceFields? Of(string[] lines, bool isResponse)
    {
        var fields = new ReferenceFields();
        foreach (var line in lines)
        {
            var grammar = isResponse ? ReferenceGrammar.ResponseFieldLine : ReferenceGrammar.FieldLine;
            var match = grammar.Match(line);
            if (!match.Success || (!isResponse && match.Groups["gap"].Length > 0)) return null;
            fields._fields.Add((match.Groups["name"].Value, match.Groups["value"].Value));
        }

        return lines.Length > 128 || fields.Options.Count > 64 ? null : fields;
    }

    public string[] Values(string name) =>
        [.. _fields.Where(f => Is(f.Name, name)).Select(f => f.Value)];

    public bool IsPersistent(string minor) =>
        !Options.Contains("close") && (minor == "1" || Options.Contains("keep-alive"));

    private static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);

    private bool IsNamed(string name)
    {
        var lower = name.ToLowerInvariant();
        return Options.Contains(lower) &&
            lower is not ("host" or "content-length" or "date" or "max-forwards" or "close" or "keep-alive" or
                "upgrade");
    }
}
