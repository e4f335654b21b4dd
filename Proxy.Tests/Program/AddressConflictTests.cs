using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Program;

/// <summary>One address for two flags, which the kernel would let the program have.</summary>
public sealed class AddressConflictTests
{
    [TestCase("--listen", "127.0.0.1", "--tls-listen", "127.0.0.1")]
    [TestCase("--listen", "", "--tls-listen", "127.0.0.1")]
    [TestCase("--listen", "127.0.0.1", "--metrics-address", "[::]")]
    [TestCase("--tls-listen", "127.0.0.1", "--metrics-address", "localhost")]
    public async Task AddressOfTwoFlags_IsRefusedWithBoth(string first, string host, string second, string other)
    {
        using var reserved = new ReservedPort();
        var port = reserved.Number;
        string[] flags =
        [
            first, $"{host}:{port}", second, $"{other}:{port}", "--routes", "/dev/null", "--access-log", "none",
            "--load-certificates-from", Path.GetTempPath(),
        ];
        if (first != "--listen") flags = [.. flags, "--listen", "127.0.0.1:0"];
        var (exitCode, _, errors) = await PlanbProcess.RunAsync(flags);
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Is.EqualTo($"planb: cannot listen on {other}:{port} twice ({first}, {second}): " +
            "take another port for one of them\n"));

        var from = $"from: {first} {host}:{port} (flag), {second} {other}:{port} (flag)\n";
        var check = await PlanbProcess.RunAsync(["check", .. flags]);
        Assert.That(check.ExitCode, Is.EqualTo(2));
        Assert.That(check.Errors, Does.Contain(from));
    }

    [Test]
    public async Task FreePortsOfTwoFlags_AreTwo()
    {
        await using var planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0",
            "--routes", "/dev/null", "--access-log", "none", "--load-certificates-from", Path.GetTempPath());
        var plain = await planb.ListeningAsync();
        Assert.That(await planb.ListeningAsync(isTls: true), Is.Not.EqualTo(plain));
    }
}
