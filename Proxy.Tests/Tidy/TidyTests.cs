using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Proxy.Tests.Tidy;

/// <summary>The rules of docs/guide.md that a machine can check, so that no reviewer has to.</summary>
public sealed class TidyTests
{
    private const int FileLinesMax = 300;
    private const int MemberLinesMax = 60;
    private const int ColumnsMax = 120;
    private const long FileBytesMax = 200 * 1024;
    private const int FolderFilesMax = 22;
    private static readonly string[] NativeCode = ["Proxy.Core/Linux/", "Proxy.Benchmarks/Harness/Native/"];

    // NuGet writes its lock files without a final line end.
    private static readonly string[] WrittenByTools = ["packages.lock.json"];

    [Test]
    public void CodeFiles_AreShort() =>
        AssertNone(from path in Repository.Code
                   let lines = Lines(path).Length
                   where lines > FileLinesMax
                   select $"{path} has {lines} lines, at most {FileLinesMax} are allowed");

    [Test]
    public void Folders_AreSmall() =>
        AssertNone(from folder in Repository.Code.GroupBy(path => Path.GetDirectoryName(path))
                   where folder.Count() > FolderFilesMax
                   select $"{folder.Key} has {folder.Count()} files, at most {FolderFilesMax} are allowed");

    [Test]
    public void Members_AreShort() =>
        AssertNone(from path in Repository.Code
                   from member in Members.Of(CodeOf(path))
                   where member.Lines > MemberLinesMax
                   select $"{path}:{member.Line}: {member.Name} has {member.Lines} lines");

    [Test]
    public void Lines_AreNarrow() =>
        AssertNone(from path in Repository.Code
                   from line in Lines(path).Select((text, index) => (text, number: index + 1))
                   where line.text.Length > ColumnsMax
                   select $"{path}:{line.number}: {line.text.Length} columns");

    [Test]
    public void FileNames_SayWhatIsInThem()
    {
        var vague = new Regex("(Utils?|Helpers?|Manager|Handler|Processor|Common|Base|Impl)(?![a-z])");
        AssertNone(Repository.Code.Where(path => vague.IsMatch(Path.GetFileNameWithoutExtension(path))));
    }

    [Test]
    public void NativeCode_StaysInItsFence() =>
        AssertNone(Repository.Code
            .Where(path => !NativeCode.Any(fence => path.StartsWith(fence, StringComparison.Ordinal)))
            .SelectMany(path => Matches(path, CodeOf(path), @"\b(unsafe|LibraryImport|DllImport)\b")));

    [TestCase(@"\bThread\s*\.\s*Sleep\b", "")]
    [TestCase(@"\bConsole\s*\.", "Proxy.Host/|Proxy.Benchmarks/")]
    [TestCase(@"^\s*#\s*region\b", "")]
    [TestCase(@"\.\s*ShutdownAsync\b", "Proxy.Core/Tls/SessionEnd.cs")]
    public void BannedCode_IsNowhere(string pattern, string allowedIn) =>
        AssertNone(Repository.Code
            .Where(path => allowedIn.Length == 0 || !Regex.IsMatch(path, $"^({allowedIn})"))
            .SelectMany(path => Matches(path, CodeOf(path), pattern)));

    [Test]
    public void PromisesInComments_NameTheirIssue() =>
        AssertNone(Repository.Code.SelectMany(path =>
            Matches(path, new CSharpText(Repository.Read(path)).Comments, @"\b(TODO|FIXME|HACK|XXX)\b(?!.*#\d)")));

    [Test]
    public void CatchBlocks_AreNotEmpty()
    {
        var block = new Regex(@"\bcatch\b[^{};]*\{(?<body>\s*)\}");
        AssertNone(from path in Repository.Code
                   let text = Repository.Read(path)
                   from Match match in block.Matches(CodeOf(path))
                   let body = match.Groups["body"]
                   where string.IsNullOrWhiteSpace(text.Substring(body.Index, body.Length))
                   select $"{path}: {match.Value}");
    }

    [Test]
    public void Files_AreSmall() =>
        AssertNone(from path in Repository.Files
                   let bytes = new FileInfo(Repository.FullPath(path)).Length
                   where bytes > FileBytesMax
                   select $"{path} has {bytes} bytes");

    [Test]
    public void TextFiles_EndTheirLinesAlike() =>
        AssertNone(from path in Repository.Files
                   where !WrittenByTools.Contains(Path.GetFileName(path))
                   let text = Repository.Read(path)
                   where text.Contains('\r') || (text.Length > 0 && text[^1] != '\n')
                   select $"{path} has a carriage return or no final line end");

    private static void AssertNone(IEnumerable<string> offences) => Assert.That(offences.ToArray(), Is.Empty);

    private static string[] Lines(string path) => Repository.Read(path).TrimEnd('\n').Split('\n');

    private static string CodeOf(string path) => new CSharpText(Repository.Read(path)).Code;

    private static IEnumerable<string> Matches(string path, string text, string pattern) =>
        text.Split('\n')
            .Select((line, index) => (line, number: index + 1))
            .Where(at => Regex.IsMatch(at.line, pattern))
            .Select(at => $"{path}:{at.number}: {at.line.Trim()}");
}
