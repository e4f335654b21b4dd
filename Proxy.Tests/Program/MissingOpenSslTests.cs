using System.Diagnostics;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;

namespace Proxy.Tests.Program;

/// <summary>The program on a machine without libssl: here, where nothing can be loaded from its files.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MissingOpenSslTests
{
    private const string Reason = "TLS needs OpenSSL, but libssl.so.3 cannot be loaded: install the package libssl3 ";

    private const string WithoutLibrary =
        "for file in $(find /lib /usr/lib /usr/local/lib -name 'libssl.so*' -type f); do " +
        "mount --bind /dev/null \"$file\" || exit; done; exec \"$@\"";

    private readonly string _folder = Directory.CreateTempSubdirectory("planb-nossl-").FullName;

    [SetUp]
    public async Task IgnoreUnlessPossibleAsync()
    {
        using var attempt = Process.Start("unshare", ["-rm", "mount", "--bind", "/dev/null", "/etc/hostname"]);
        await attempt.WaitForExitAsync();
        if (attempt.ExitCode != 0) Assert.Ignore("mounts of one's own are not allowed here");
    }

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [TestCase("--tls-listen", "--tls-listen", "127.0.0.1:0", "--load-certificates-from", "/", "--routes", "/dev/null")]
    [TestCase("--backend-ca", "--backend-ca", "/etc/hosts", "--routes", "/dev/null")]
    [TestCase("--read-redis-tls", "--read-redis-tls", "--read-redis-port", "1")]
    [TestCase("--write-redis-tls", "--write-redis-tls", "--write-redis-port", "1", "--read-redis-port", "1")]
    public async Task WhatNeedsTls_EndsTheStartWithOneLineThatNamesThePackage(string flag, params string[] flags)
    {
        await using var planb = Start(flags);
        Assert.That(await planb.ExitAsync(), Is.EqualTo(1));
        Assert.That(planb.Errors, Does.Match($"^planb: {Reason}\\(.+\\) or .+ \\({flag}\\)\n$"));
    }

    [Test]
    public async Task HttpsBackend_Is503WithTheReasonAndOthersAreServed([Values("native", "sockets")] string engine)
    {
        using var backend = new ScriptedBackend();
        var routes = Path.Combine(_folder, "routes");
        await File.WriteAllLinesAsync(routes,
            [$"rpush frontend:a.com a {backend.Url}", $"rpush frontend:tls.com a https://127.0.0.1:{backend.Port}"]);
        await using var planb = Start("--routes", routes, "--engine", engine);
        var port = (await planb.ListeningAsync()).Port;
        for (var turn = 0; turn < 2; turn++)
        {
            Assert.That(await StatusAsync(port, "tls.com"), Does.StartWith("HTTP/1.1 503 "));
            (await backend.AcceptAsync()).Dispose();
            var answer = StatusAsync(port, "a.com");
            using var peer = await backend.AcceptAsync();
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            Assert.That(await answer, Does.StartWith("HTTP/1.1 200 "));
        }

        await planb.ErrorLineAsync(Reason);
        Assert.That(planb.Errors, Does.Not.Contain("*DEAD*"));
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero);
        Assert.That(planb.Errors.Split('\n'), Has.Exactly(1).EndsWith(" (tls_unavailable)"), "repeats are counted");
    }

    [Test]
    public async Task Check_WarnsOfItOrCallsItAProblemWhereTlsIsAskedFor()
    {
        await using var plain = Start("check", "--routes", "/dev/null");
        Assert.That(await plain.ExitAsync(), Is.Zero, plain.Errors);
        Assert.That(plain.Output, Does.Contain($"warning  {Reason}").And.Contain("https:// backends"));

        await using var tls = Start(
            "check", "--routes", "/dev/null", "--tls-listen", "127.0.0.1:0", "--load-certificates-from", _folder);
        Assert.That(await tls.ExitAsync(), Is.EqualTo(2));
        Assert.That(tls.Errors, Does.Contain($"problem  {Reason}"));

        await using var redis = Start("check", "--read-redis-tls", "--read-redis-port", "1");
        Assert.That(await redis.ExitAsync(), Is.EqualTo(2));
        Assert.That(redis.Errors, Does.Contain($"problem  read redis {Reason}").And.Contain("do: install it, or use"));
    }

    private static async Task<string> StatusAsync(int port, string host)
    {
        using var client = await Peer.ConnectAsync(port);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        return await client.ReadMessageAsync();
    }

    private static PlanbProcess Start(params string[] flags) => PlanbProcess.StartUnder(
        ["unshare", "-rm", "bash", "-c", WithoutLibrary, "bash"],
        [.. flags, "--listen", "127.0.0.1:0", "--access-log", "none"]);
}
