using System.Text.RegularExpressions;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Program;

/// <summary>The container image, as far as it can be tried where no daemon makes images.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class ImageTests
{
    private const string Dockerfile = "packaging/docker/Dockerfile", SystemFiles = "packaging/docker/system-files.sh";
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-image-").FullName;

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task ProgramInTheImagesFiles_SpeaksTlsAndCanStartAsItsUser()
    {
        IgnoreUnlessPossible();
        await Shell.RunAsync($"{Repository.FullPath(SystemFiles)} {_folder}/root");
        File.Copy(PlanbProcess.Binary, $"{_folder}/root/usr/bin/planb");
        Directory.CreateDirectory($"{_folder}/root/proc");
        await File.WriteAllTextAsync($"{_folder}/root/etc/hosts", "127.0.0.1 localhost\n");

        // /proc and the names of the machine come from what runs containers; here from a mount namespace, which takes
        // its mount away with it, and from the line above.
        var output = await Shell.RunAsync($"""
            unshare --mount sh -c 'mount --rbind /proc {_folder}/root/proc &&
            exec env -i {Variables()} /usr/sbin/chroot --userspec={User()} {_folder}/root /usr/bin/planb check \
                --listen localhost:0 --tls-listen localhost:0 --load-certificates-from /var/lib/planb \
                --routes /etc/nsswitch.conf'
            """);
        Assert.That(output, Does.Contain("ok       tls with backends: CA certificates of the system\n"));
        Assert.That(output, Does.Contain("ok       access log: stdout\n"));
        Assert.That(output, Does.EndWith("planb can start with these settings\n"));
        Assert.That(new FileInfo($"{_folder}/root/etc/ssl/certs/ca-certificates.crt").Length, Is.GreaterThan(100_000));
    }

    [Test]
    public void WhatTheDockerfileCopies_IsLetThroughAndThere()
    {
        var copied = Copy().Matches(Repository.Read(Dockerfile)).Select(copy => copy.Groups[1].Value).ToArray();
        var letThrough =
            from line in Repository.Read(".dockerignore").Split('\n')
            where line.StartsWith('!')
            select line[1..];
        Assert.That(copied, Is.EquivalentTo(new[] { SystemFiles, "artifacts/planb" }).And.EquivalentTo(letThrough));
        Assert.That(Repository.FullPath(SystemFiles), Does.Exist);
    }

    [Test]
    public async Task PortAndVariablesOfTheImage_AreThoseOfThePrograms()
    {
        var help = (await PlanbProcess.RunAsync("--help")).Output;
        Assert.That(help, Does.Contain($"0.0.0.0:{Only(Exposed())}"));
        foreach (var variable in Variables().Split(' '))
        {
            var flag = variable.Split('=')[0]["PLANB_".Length..].Replace('_', '-').ToLowerInvariant();
            Assert.That(help, Does.Contain($"--{flag} "));
        }
    }

    private static void IgnoreUnlessPossible()
    {
        if (!PlanbProcess.IsPublished) Assert.Ignore("only the published file runs without .NET");
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("chroot needs root");
        if (!File.ReadAllText("/etc/os-release").Contains("VERSION_CODENAME=bookworm", StringComparison.Ordinal))
            Assert.Ignore("the image has the files of a Debian 12, and this is none");
    }

    private static string Variables() =>
        string.Join(' ', Variable().Matches(Repository.Read(Dockerfile)).Select(variable => variable.Groups[1].Value));

    private static string User() => Only(UserLine());

    private static string Only(Regex line) => line.Matches(Repository.Read(Dockerfile)).Single().Groups[1].Value;

    [GeneratedRegex(@"^COPY ([^-]\S+)", RegexOptions.Multiline)]
    private static partial Regex Copy();

    [GeneratedRegex(@"^ENV (PLANB_\S+)$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^USER (\S+)$", RegexOptions.Multiline)]
    private static partial Regex UserLine();

    [GeneratedRegex(@"^EXPOSE (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Exposed();
}
