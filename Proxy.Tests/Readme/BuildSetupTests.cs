using System.Text.Json.Nodes;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Readme;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Readme;

/// <summary>What build.sh does about a missing SDK and missing packages.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BuildSetupTests : IDisposable
{
    // A part that needs the SDK and a linker, and that a fake SDK can carry out.
    private const string Part = "bench micro --list";

    private readonly BuildCheckout _checkout = new();

    public void Dispose() => _checkout.Dispose();

    [TestCase(0)]
    [TestCase(1000)]
    public async Task MissingSdk_IsDownloadedOnceAndCleaned(int user)
    {
        await _checkout.ServeSdkAsync();
        _checkout.RunAs(user);
        for (var run = 1; run <= 2; run++)
        {
            var (exitCode, output, errors) = await _checkout.RunAsync(Part);
            using var scope = Assert.EnterMultipleScope();
            Assert.That(exitCode, Is.Zero, output + errors);
            Assert.That(output.Contains("downloading the .NET SDK 10.0.999 (240 MB)"), Is.EqualTo(run == 1));
            Assert.That(output.Contains("apt-get update\n"), Is.EqualTo(run == 1 && user == 0));
            Assert.That(output, Does.Contain("fake dotnet build Proxy.Benchmarks "));
            Assert.That(output, Does.EndWith("Proxy.Benchmarks of the build micro --list\n"));
            Assert.That(Directory.Exists(_checkout.PathOf(".dotnet.part")), Is.False);
        }

        Assert.That(_checkout.Requests, Is.EqualTo(1));
        await _checkout.RunAsync("clean");
        Assert.That(Directory.Exists(_checkout.PathOf(".dotnet")), Is.False);
    }

    [Test]
    public async Task WrongHash_IsRefusedAndLeavesNothing()
    {
        await _checkout.ServeSdkAsync(isHashRight: false);
        await AssertRefusedAsync(
            @"build\.sh: http://127.*tar\.gz has another SHA-512 than build/sdk\.sha512; nothing was installed\n" +
            @"  expected  [0-9a-f]{128}\n  received  [0-9a-f]{128}\n");
        Assert.That(_checkout.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task FailedDownload_IsReportedAndLeavesNothing()
    {
        _checkout.ServeNothing();
        await AssertRefusedAsync(@"curl: .*404\nbuild\.sh: cannot download http://127.*; nothing was installed\n");
    }

    [Test]
    public async Task SdkOfAnotherVersion_HasNoPinnedHash() =>
        await AssertRefusedAsync(@"build\.sh: build/sdk\.sha512 has no hash of dotnet-sdk-10\.0\.999-");

    [Test]
    public async Task PackageOfTheSdk_IsPreferred()
    {
        await _checkout.ServeSdkAsync();
        _checkout.OfferPackage("10.0.1000-1");
        await AssertRefusedAsync(
            @"build\.sh: not found on this machine: dotnet-sdk-10\.0 \(names of Debian packages\)\n" +
            "This command installs all of them; then run ./build.sh again:\n" +
            "  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends dotnet-sdk-10.0'\n$");
        Assert.That(_checkout.Requests, Is.Zero);
    }

    [Test]
    public async Task PackageThatGlobalJsonRefuses_IsNotUsed()
    {
        await _checkout.ServeSdkAsync();
        _checkout.OfferPackage("10.0.112-0ubuntu1");
        var (exitCode, output, errors) = await _checkout.RunAsync(Part);
        Assert.That(exitCode, Is.Zero, output + errors);
        Assert.That(_checkout.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task EverythingMissing_IsListedAtOnce()
    {
        var tools = _checkout.PathOf("tools");
        Directory.CreateDirectory(tools);
        foreach (var tool in (string[])["bash", "cut", "dirname", "env", "head", "readlink", "sed", "sh", "sort"])
            File.CreateSymbolicLink(Path.Combine(tools, tool), $"/usr/bin/{tool}");
        _checkout.SearchPath = tools;
        var (exitCode, _, errors) = await _checkout.RunAsync("test");
        using var scope = Assert.EnterMultipleScope();
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Match(
            "build.sh: not found on this machine: .*gcc .*redis-server curl openssl.*\n" +
            "This command .*\n  sudo sh -c 'apt-get update && apt-get install .*gcc .*redis-server curl openssl.*'\n" +
            "The .NET SDK 10.0.999 is missing, too; the next run downloads it into .dotnet.\n$"));
    }

    [Test]
    public void PinnedHash_IsOfTheSdkOfGlobalJson()
    {
        var version = JsonNode.Parse(Repository.Read("global.json"))!["sdk"]!["version"];
        Assert.That(Repository.Read("build/sdk.sha512"),
            Does.Match($@"^[0-9a-f]{{128}}  dotnet-sdk-{version}-linux-x64\.tar\.gz\n$"));
    }

    private async Task AssertRefusedAsync(string pattern)
    {
        var (exitCode, output, errors) = await _checkout.RunAsync(Part);
        using var scope = Assert.EnterMultipleScope();
        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(errors, Does.Match(pattern));
        Assert.That(Directory.GetDirectories(_checkout.PathOf(""), ".dotnet*"), Is.Empty);
    }
}
