using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Readme;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Readme;

/// <summary>
/// The files that follow from the table of flags: docs/flags.md, the section OPTIONS of docs/planb.8, the completion of
/// bash. <c>./build.sh docs</c> runs these tests with the variable <see cref="WriteVariable"/> set: then they write the
/// files instead of comparing them.
/// </summary>
public sealed class GeneratedFileTests
{
    private const string WriteVariable = "WRITE_GENERATED_FILES";
    private const string Page = "docs/flags.md";
    private const string Manual = "docs/planb.8";
    private const string CompletionFile = "packaging/completion/planb";

    private static readonly FlagTable Table = FlagTable.Of(new Flags());

    [Test]
    public Task FlagsPage_FollowsFromTheTable()
    {
        var page = Repository.Read(Page);
        return CompareAsync(Page, Before(page, FlagsPage.Begin) + FlagsPage.TablesOf(Table));
    }

    [Test]
    public Task ManPageOptions_FollowFromTheTable()
    {
        var page = Repository.Read(Manual);
        var rest = page[page.IndexOf(ManPage.End, StringComparison.Ordinal)..];
        return CompareAsync(Manual, Before(page, ManPage.Begin) + ManPage.OptionsOf(Table) + rest);
    }

    [Test]
    public Task Completion_FollowsFromTheTable() => CompareAsync(CompletionFile, Completion.Of(Table));

    [Test]
    public void WriteFlags_AreLikeTheirReadTwins() => RedisTwins.AssertAlike(Table);

    [TestCase("planb --tls-pr", "--tls-preset")]
    [TestCase("planb --tls-preset m", "modern")]
    [TestCase("planb --tls-preset = o", "old")]
    [TestCase("planb --engine =", "native sockets")]
    [TestCase("planb ch", "check")]
    [TestCase("planb check --snap", "--snapshot")]
    [TestCase("planb --listen x", "")]
    [TestCase("planb --routes /etc/host", "/etc/hosts")]
    public async Task Completion_OffersWhatFits(string typed, string offered)
    {
        var output = await Shell.RunAsync($$"""
            . '{{Repository.FullPath(CompletionFile)}}'
            COMP_WORDS=({{typed}})
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _planb
            echo ${COMPREPLY[@]}
            """);
        if (typed.Contains("/etc", StringComparison.Ordinal)) Assert.That(output, Does.Contain(offered));
        else Assert.That(output.Trim(), Is.EqualTo(offered));
    }

    private static string Before(string text, string end) =>
        text[..(text.IndexOf(end, StringComparison.Ordinal) + end.Length)];

    private static async Task CompareAsync(string path, string wanted)
    {
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
        {
            await File.WriteAllTextAsync(Repository.FullPath(path), wanted);
            return;
        }

        var lines = wanted.Split('\n').Except(Repository.Read(path).Split('\n'));
        Assert.That(
            Repository.Read(path), Is.EqualTo(wanted),
            $"{path} is out of date; './build.sh docs' writes it again. It lacks:\n{string.Join('\n', lines)}");
    }
}
