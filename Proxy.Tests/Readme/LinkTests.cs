using System.Text.RegularExpressions;
using NUnit.Framework;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Readme;

/// <summary>Links between documents lead to files and headings that exist.</summary>
public sealed partial class LinkTests
{
    private const int ReadmeLinesMax = 120;

    private static IEnumerable<string> Documents =>
        Repository.Files.Where(path => path.EndsWith(".md", StringComparison.Ordinal));

    [Test]
    public void Readme_IsShort() =>
        Assert.That(Repository.Read("README.md").Count(c => c == '\n'), Is.LessThanOrEqualTo(ReadmeLinesMax));

    [TestCaseSource(nameof(Documents))]
    public void Links_LeadSomewhere(string path) => Assert.That(BrokenLinks(Repository.Root.FullName, path), Is.Empty);

    /// <summary>Returns the links of a document that lead nowhere below a root folder.</summary>
    public static IReadOnlyList<string> BrokenLinks(string root, string path) =>
    [
        .. from Match link in Link().Matches(WithoutCode(File.ReadAllText(Path.Combine(root, path))))
           let target = link.Groups["target"].Value
           where !target.Contains("://", StringComparison.Ordinal) && !Leads(root, path, target)
           select target,
    ];

    private static bool Leads(string root, string path, string target)
    {
        var parts = target.Split('#');
        var folder = Path.GetDirectoryName(Path.Combine(root, path))!;
        var file = parts[0].Length == 0 ? Path.Combine(root, path) : Path.GetFullPath(Path.Combine(folder, parts[0]));
        if (parts.Length == 1) return Path.Exists(file);
        return File.Exists(file) && Anchors(File.ReadAllText(file)).Contains(parts[1]);
    }

    // As GitHub forms them: in lower case, spaces as hyphens, and other punctuation left out.
    private static IEnumerable<string> Anchors(string text) =>
        from Match heading in Heading().Matches(WithoutCode(text))
        let words = heading.Groups["words"].Value.ToLowerInvariant()
        select Punctuation().Replace(words, "").Replace(' ', '-');

    private static string WithoutCode(string text) => CodeBlock().Replace(text, "");

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<words>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
