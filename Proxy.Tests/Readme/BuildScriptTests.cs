using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Benchmarks.Harness;
using Proxy.Host.Demo;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Readme;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Readme;

/// <summary>
/// What build.sh does without a real build. CI runs its parts <c>test</c> and <c>publish</c>, and what <c>demo</c>
/// starts has tests of its own.
/// </summary>
public sealed class BuildScriptTests
{
    private static readonly string Script = Repository.FullPath("build.sh");

    [Test]
    public async Task PartsOfTheReadme_AreThere()
    {
        var help = await Shell.RunAsync($"'{Script}' help");
        var parts = Markdown.Commands().Where(line => line.StartsWith("./build.sh ", StringComparison.Ordinal));
        foreach (var part in parts) Assert.That(help, Does.Contain($"\n  {part.Split(' ')[1]} "));
    }

    [Test]
    public async Task UnknownPart_IsRefused() =>
        Assert.That(await Shell.RunAsync($"'{Script}' nonsense 2>&1 || echo refused"), Does.EndWith("refused\n"));

    [TestCase("bench --help")]
    [TestCase("bench help")]
    [TestCase("bench -h")]
    public async Task HelpOfBench_IsThatOfTheHarness(string typed) =>
        Assert.That(await Shell.RunAsync($"'{Script}' {typed}"), Is.EqualTo(BenchOptions.Usage + "\n"));

    [Test]
    public async Task HelpOfDemo_NamesItsFlagAndDefault()
    {
        var help = await Shell.RunAsync($"'{Script}' demo --help");
        Assert.That(help, Does.StartWith("usage: ./build.sh demo [--listen IP:PORT]\n"));
        Assert.That(help, Does.EndWith($"\n(default: --listen {new DemoFlags().Listen})\n"));
    }

    [TestCase("publish --help")]
    [TestCase("clean -h")]
    [TestCase("--help")]
    public async Task HelpOfOtherParts_IsThatOfTheScript(string typed)
    {
        using var checkout = new BuildCheckout();
        var (exitCode, output, _) = await checkout.RunAsync(typed);
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.StartWith("usage: ./build.sh [PART] "));
    }

    [TestCase("--listen 127.0.0.1:PORT")]
    [TestCase("-l=127.0.0.1:PORT")]
    [TestCase("--listen 127.0.0.1:1 -listen=0.0.0.0:PORT")]
    public async Task DemosPortInUse_IsFoundBeforeTheBuild(string typed)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var checkout = new BuildCheckout();
        checkout.InstallSdk();
        var (exitCode, output, errors) = await checkout.RunAsync(
            $"demo {typed.Replace("PORT", $"{port}", StringComparison.Ordinal)}");
        using var scope = Assert.EnterMultipleScope();
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Is.Empty);
        Assert.That(errors, Does.Match(
            $@"^build\.sh: cannot listen on [\d.]+:{port}: Address already in use, by .+ " +
            $@"\(process {Environment.ProcessId}\)\n" +
            $@"To use another port: \./build\.sh demo --listen [\d.]+:{(port < 65535 ? port + 1 : 8990)}\n$"));
    }

    [Test]
    public async Task Demo_RunsThePublishedFileOnlyWhileItIsNewerThanTheSources()
    {
        const string Arguments = "demo --listen 127.0.0.1:0";
        using var checkout = new BuildCheckout();
        checkout.InstallSdk();
        var (_, unpublished, _) = await checkout.RunAsync(Arguments);
        checkout.Write("artifacts/planb", "#!/bin/sh\necho published \"$@\"\n", isProgram: true);
        var (_, published, _) = await checkout.RunAsync(Arguments);
        File.SetLastWriteTimeUtc(checkout.PathOf("Proxy.Core/Some.cs"), DateTime.UtcNow.AddMinutes(1));
        var (_, outdated, _) = await checkout.RunAsync(Arguments);
        using var scope = Assert.EnterMultipleScope();
        Assert.That(unpublished, Does.Match("fake dotnet build Proxy.Host .*\nplanb of the build demo --listen"));
        Assert.That(published, Is.EqualTo($"published {Arguments}\n"));
        Assert.That(outdated, Is.EqualTo(unpublished));
    }

    [TestCase("script -qec './build.sh publish' /dev/null #", true)]
    [TestCase("", false)]
    public async Task Publish_PrintsHowLongItTakes(string terminal, bool isTerminal)
    {
        using var checkout = new BuildCheckout();
        checkout.InstallSdk();
        var (exitCode, output, errors) = await checkout.RunAsync("publish", terminal);
        using var scope = Assert.EnterMultipleScope();
        Assert.That(exitCode, Is.Zero, output + errors);
        Assert.That(output, Does.Contain("== publish (a native compile: usually 60 to 160 s on two cores)"));
        Assert.That(output, isTerminal ? Does.Match(@"  \d+ s\r") : Does.Not.Contain(" s\r"));
        Assert.That(output, Does.Match(@"artifacts/planb: 0 bytes, after \d+ s\r?\n$"));
    }
}
