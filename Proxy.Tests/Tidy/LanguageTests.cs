using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Proxy.Tests.Tidy;

/// <summary>
/// Words that stay out of comments, log lines, messages and documents, because a newcomer would not understand them:
/// docs/guide.md has the standard terms.
/// </summary>
public sealed class LanguageTests
{
    // "the seed" of random numbers is written without the article.
    private static readonly string[] Words =
    [
        "anew", "be it", "be told", "for ever", "garbled", "hears?", "heard", "let end", "living backends?",
        "meanwhile", "onlookers?", "said", "sent away", "spoken with", "speaks with", "tell", "telling", "tells",
        "the seed", "the seed's", "told", "under his eyes", "whoever", "who asks?",
    ];

    private static readonly Regex Dialect = new(
        $@"\b({string.Join('|', Words)})\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    // Code and output that a document quotes.
    private static readonly Regex Quoted = new("`[^`]*`");

    // They have such words as input.
    private static readonly string[] Exempt = ["LanguageTests.cs", "TimeFlagsTests.cs"];

    [Test]
    public void CommentsAndMessages_AreInStandardTerms() => AssertNone(
        from path in Repository.Code
        where !Exempt.Contains(Path.GetFileName(path))
        let text = new CSharpText(Repository.Read(path))
        from hit in Hits(path, text.Comments).Concat(Hits(path, text.Literals))
        select hit);

    [Test]
    public void Documents_AreInStandardTerms() => AssertNone(
        from path in Repository.Files
        where Path.GetExtension(path) is ".md" or ".sh" or ".8" or ".yml" or ".service" or ".socket"
        from hit in Hits(path, Repository.Read(path))
        select hit);

    [TestCase("it is told once", true)]
    [TestCase("clients wait For Ever", true)]
    [TestCase("untold intelligence", false)]
    [TestCase("a flag `for ever`", false)]
    public void Words_AreFoundWhole(string line, bool isFound) =>
        Assert.That(Hits("a.cs", line).Any(), Is.EqualTo(isFound));

    private static IEnumerable<string> Hits(string path, string text) =>
        from line in text.Split('\n').Select((line, index) => (Text: Quoted.Replace(line, ""), Number: index + 1))
        where Dialect.IsMatch(line.Text)
        select $"{path}:{line.Number}: {line.Text.Trim()}";

    private static void AssertNone(IEnumerable<string> offences) => Assert.That(offences.ToArray(), Is.Empty);
}
