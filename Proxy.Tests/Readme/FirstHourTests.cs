using System.Diagnostics;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Readme;

namespace Proxy.Tests.Readme;

/// <summary>
/// Runs the commands of the README's first hour exactly as written, in one bash, and compares what each block prints
/// with the lines that the README shows below it.
/// </summary>
public sealed class FirstHourTests
{
    private const string Section = "## The first hour";
    private const char BlockEnd = '\u001e';
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private DirectoryInfo _folder = null!;

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("planb-readme-");
        var artifacts = _folder.CreateSubdirectory("artifacts");
        File.CreateSymbolicLink(Path.Combine(artifacts.FullName, "planb"), Path.GetFullPath(PlanbProcess.Binary));
    }

    [TearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task Commands_PrintWhatTheReadmeShows_TwiceInTheSameShell()
    {
        var blocks = Markdown.BlocksUnder(Section);
        Assert.That(blocks, Has.Count.GreaterThan(3));
        var once = string.Concat(blocks.Select(block => $"{block.Commands}\nprintf '\\036'\n"));
        var script = Path.Combine(_folder.FullName, "script");
        await File.WriteAllTextAsync(script, once + once);
        var output = await Shell.RunAsync($"cd '{_folder.FullName}' && {await IsolationAsync()} bash script", Limit);

        var printed = output.Split(BlockEnd);
        Assert.That(printed, Has.Length.EqualTo(2 * blocks.Count + 1));
        foreach (var (block, text) in blocks.Concat(blocks).Zip(printed)) AssertShown(block, text);
        Assert.That(_folder.GetFiles().Select(file => file.Name), Is.EqualTo(["script"]), "nothing is left behind");
    }

    // The lines may have others between them.
    private static void AssertShown(Markdown.Block block, string printed)
    {
        var lines = new Queue<string>(printed.Split('\n'));
        foreach (var wanted in block.Output)
        {
            while (lines.Count > 0 && lines.Peek() != wanted) lines.Dequeue();
            Assert.That(lines, Is.Not.Empty, $"no '{wanted}' where the README shows it:\n{block.Commands}\n{printed}");
            lines.Dequeue();
        }
    }

    // Ports and processes of its own, where the system allows that: nothing else has these ports, and nothing survives.
    private static async Task<string> IsolationAsync()
    {
        const string Namespaces = "unshare --map-root-user --net --pid --fork --kill-child";
        using var attempt = Process.Start("bash", ["-c", $"{Namespaces} true 2>/dev/null"]);
        await attempt.WaitForExitAsync();
        return attempt.ExitCode == 0 ? $"{Namespaces} bash -c 'ip link set lo up && exec \"$@\"' bash" : "";
    }
}
