using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Readme;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Program;

/// <summary>The files of the Debian package, as <c>./build.sh deb</c> puts them together.</summary>
public sealed class DebianPackageTests
{
    private const string Documents = "usr/share/doc/planb";

    private static readonly string[] Wanted =
    [
        "usr/bin/planb", "lib/systemd/system/planb.service", "lib/systemd/system/planb@.service",
        "lib/systemd/system/planb.socket", "etc/default/planb", "etc/logrotate.d/planb",
        "usr/share/bash-completion/completions/planb", "usr/share/man/man8/planb.8.gz", $"{Documents}/copyright",
        $"{Documents}/changelog.gz", $"{Documents}/README.md", $"{Documents}/docs/flags.md",
        $"{Documents}/packaging/alerts.yml", $"{Documents}/packaging/grafana-dashboard.json",
    ];

    private DirectoryInfo _folder = null!;

    [OneTimeSetUp]
    public async Task PutTogether()
    {
        _folder = Directory.CreateTempSubdirectory("planb-deb-");
        var script = Repository.FullPath("packaging/deb/package-files.sh");
        await Shell.RunAsync($"'{script}' '{_folder.FullName}' '{PlanbProcess.Binary}'");
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Delete(recursive: true);

    [TestCaseSource(nameof(Wanted))]
    public void File_IsThere(string path) =>
        Assert.That(new FileInfo(Path.Combine(_folder.FullName, path)), Has.Length.GreaterThan(0L));

    [Test]
    public void LinksBetweenDocuments_LeadSomewhere()
    {
        var root = Path.Combine(_folder.FullName, Documents);
        var documents = Directory.GetFiles(root, "*.md", SearchOption.AllDirectories);
        Assert.That(documents, Has.Length.GreaterThan(20));
        foreach (var path in documents.Select(path => Path.GetRelativePath(root, path)))
            Assert.That(LinkTests.BrokenLinks(root, path), Is.Empty, path);
    }

    [Test]
    public void ConfigurationFiles_AreMarkedAsSuch()
    {
        var marked = Repository.Read("packaging/deb/conffiles").TrimEnd('\n').Split('\n');
        var found = Directory.GetFiles(Path.Combine(_folder.FullName, "etc"), "*", SearchOption.AllDirectories);
        Assert.That(
            found.Select(path => "/" + Path.GetRelativePath(_folder.FullName, path)), Is.EquivalentTo(marked));
    }
}
