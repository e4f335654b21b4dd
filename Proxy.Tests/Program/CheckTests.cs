using NUnit.Framework;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Program;

/// <summary><c>planb check</c>, by the program itself.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CheckTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-check-").FullName;

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task GoodSettings_AreToldWithTheirOriginsAndExitZero()
    {
        using var redis = RedisServer.StartWithPassword("open sesame");
        var secret = Path.Combine(_folder, "secret");
        await File.WriteAllTextAsync(secret, "open sesame\n");
        var environment = new Dictionary<string, string>
        {
            ["PLANB_READ_REDIS_PASSWORD_FILE"] = secret,
            ["PLANB_WRITE_REDIS_PASSWORD"] = "open sesame",
            ["PLANB_READ_REDIS_PORT"] = $"{redis.Port}",
            ["PLANB_WRITE_REDIS_PORT"] = $"{redis.Port}",
        };
        var log = Path.Combine(_folder, "access.log");
        var (exitCode, output, errors) = await PlanbProcess.RunWithAsync(
            environment, "check", "--listen", "127.0.0.1:0", "--access-log", log, "--snapshot", log + ".snapshot");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(errors, Is.Empty);
            Assert.That(exitCode, Is.Zero);
            Assert.That(output, Does.Match(@"(?m)^--listen +127\.0\.0\.1:0 +flag$"));
            Assert.That(output, Does.Match(@"(?m)^--retries +2 +default$"));
            Assert.That(output, Does.Match(@"(?m)^--read-redis-port +\d+ +PLANB_READ_REDIS_PORT$"));
            Assert.That(output, Does.Match(@"(?m)^--read-redis-password +\*{8} +PLANB_READ_REDIS_PASSWORD_FILE \(/"));
            Assert.That(output, Does.Match(@"(?m)^--write-redis-password +\*{8} +PLANB_WRITE_REDIS_PASSWORD$"));
            Assert.That(output, Does.Contain($"ok       read redis 127.0.0.1:{redis.Port}\n"));
            Assert.That(output, Does.Contain($"ok       write redis 127.0.0.1:{redis.Port}\n"));
            Assert.That(output, Does.Contain("ok       open files: at most "));
            Assert.That(output, Does.EndWith("planb can start with these settings\n"));
            Assert.That(output, Does.Not.Contain("sesame"));
            Assert.That(Directory.GetFiles(_folder), Is.EqualTo([secret]), "nothing is left behind");
        }
    }

    [TestCase("check", "--help")]
    [TestCase("-h", "check")]
    [TestCase("check", "--listen", "127.0.0.1:1", "-help")]
    public async Task Help_IsAboutCheck(params string[] arguments)
    {
        var (exitCode, output, _) = await PlanbProcess.RunAsync(arguments);
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.StartWith("usage: planb check [FLAG...]\n").And.EndWith("cannot be written.\n"));
    }

    [Test]
    public async Task EverythingWrong_IsToldAtOnceWithWhereFromAndWhatToDo()
    {
        var missing = Path.Combine(_folder, "missing");
        var environment = new Dictionary<string, string> { ["PLANB_ACCESS_LOG"] = Path.Combine(missing, "log") };
        var nobody = $"{ReservedPort.Closed.Number}";
        var (exitCode, _, errors) = await PlanbProcess.RunWithAsync(
            environment, "--listen", "192.0.2.1:1", "--tls-listen", "127.0.0.1:0", "--load-certificates-from", missing,
            "--backend-ca", missing, "--read-redis-port", nobody, "--write-redis-port", nobody, "check");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.EqualTo(2));
            Assert.That(errors, Does.Contain("problem  cannot listen on 192.0.2.1:1: "));
            Assert.That(errors, Does.Contain("from: --listen 192.0.2.1:1 (flag)\n         do: take an address of"));
            Assert.That(errors, Does.Contain($"problem  read redis 127.0.0.1:{nobody}: Connection refused\n"));
            Assert.That(errors, Does.Contain($"problem  write redis 127.0.0.1:{nobody}: Connection refused\n"));
            Assert.That(errors, Does.Contain("problem  certificates: "));
            Assert.That(errors, Does.Contain("(--backend-ca)\n"));
            Assert.That(errors, Does.Contain("problem  cannot write the access log "));
            Assert.That(errors, Does.Contain("(PLANB_ACCESS_LOG)"));
            Assert.That(errors, Does.EndWith("\n6 problems\n"));
        }
    }

    [Test]
    public async Task AddressOfARunningProxy_CanBeSharedAndLosesItNoClient()
    {
        var routes = Path.Combine(_folder, "routes");
        await File.WriteAllTextAsync(routes, "rpush frontend:a.com a http://127.0.0.1:1\nset x y\n");
        await using var planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--routes", routes, "--access-log", "none");
        var address = await planb.ListeningAsync();
        var (exitCode, output, _) = await PlanbProcess.RunAsync(
            "check", "--listen", $"{address}", "--routes", routes, "--access-log", "none");
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Contain("warning  routes ").And.Contain("1 host; 1 invalid line: "));

        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var other = await PlanbProcess.RunAsync(
            "check", "--listen", $"{taken.LocalEndpoint}", "--routes", routes, "--access-log", "none");
        Assert.That(other.ExitCode, Is.EqualTo(2));
        Assert.That(other.Errors, Does.Contain("do: stop the process that listens there (ss -ltnp 'sport = :"));
    }

    [Test]
    public async Task OutputThatCannotBeWritten_IsInTheExitCodeAndNoCrash()
    {
        await using var check = PlanbProcess.StartUnder(
            ["bash", "-c", "exec \"$@\" >/dev/full", "bash"], "check", "--listen", "127.0.0.1:0",
            "--routes", "/dev/null", "--access-log", "none");
        Assert.That(await check.ExitAsync(), Is.EqualTo(1));
        Assert.That(check.Errors, Is.Empty);
    }

    [TestCase("a", "Too many levels of symbolic links")]
    [TestCase("/nowhere/log", "no such file or directory")]
    public async Task LogThatIsALinkToNowhere_IsAProblem(string target, string reason)
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "a"), target);
        var (exitCode, _, errors) = await PlanbProcess.RunAsync(
            "check", "--listen", "127.0.0.1:0", "--routes", "/dev/null", "--access-log", Path.Combine(_folder, "a"));
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("problem  cannot write the access log ").And.Contain(reason));
    }

    [TestCase("", "CA certificates of the system")]
    [TestCase("--backend-insecure", "certificates are not verified (--backend-insecure)")]
    public async Task WhatBackendsAreVerifiedBy_IsTold(string flag, string expected)
    {
        string[] flags = ["check", "--listen", "127.0.0.1:0", "--routes", "/dev/null", "--access-log", "none"];
        var (_, output, _) = await PlanbProcess.RunAsync(flag.Length > 0 ? [.. flags, flag] : flags);
        Assert.That(output, Does.Contain($"ok       tls with backends: {expected}\n"));
    }

    [Test]
    public async Task RoutesThatCannotBeRead_AreNamedAtTheStart()
    {
        var (exitCode, _, errors) = await PlanbProcess.RunAsync(
            "--listen", "127.0.0.1:0", "--routes", _folder, "--access-log", "none");
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Match($"^planb: cannot read the routes in {_folder}: .* \\(--routes\\)\n$"));
    }

    [TestCase("missing", "there is no folder {0}")]
    [TestCase("file", "{0} is not a folder")]
    [TestCase("link", "{0} is not a folder")]
    public async Task FolderOfCertificatesThatIsNone_IsNamedAtTheStartAndByCheck(string name, string format)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "file"), "");
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), Path.Combine(_folder, "missing"));
        var folder = Path.Combine(_folder, name);
        var reason = format.Replace("{0}", folder, StringComparison.Ordinal);
        string[] flags =
        [
            "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--routes", "/dev/null", "--access-log", "none",
            "--load-certificates-from", folder,
        ];
        var (exitCode, _, errors) = await PlanbProcess.RunAsync(flags);
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Is.EqualTo($"planb: cannot read certificates: {reason} (--load-certificates-from)\n"));

        var check = await PlanbProcess.RunAsync(["check", .. flags]);
        Assert.That(check.ExitCode, Is.EqualTo(2));
        Assert.That(check.Errors, Does.Contain($"problem  certificates: {reason}\n"));
    }

    [Test]
    public async Task CertificatesThatClientsMayReject_AreNamedByCheck()
    {
        using var root = new TestAuthority();
        using var middle = new TestAuthority("Middle", root);
        using var expired = new TestAuthority("Expired", root, DateTimeOffset.UtcNow.AddDays(-1));
        var now = DateTimeOffset.UtcNow;
        Store("fine.com", middle.Issue("fine.com"));
        Store("old.com", root.Issue("old.com", expiry: now.AddDays(-1)));
        Store("early.com", root.Issue("early.com", start: now.AddDays(1)));
        Store("chain.com", expired.Issue("chain.com"));
        var pem = middle.Issue("order.com");
        Store("order.com", pem with { Certificate = pem.Certificate + root.Issue("x").Certificate });
        Store("broken.com", pem with { Key = "" });
        var (exitCode, output, errors) = await PlanbProcess.RunAsync(
            "check", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--routes", "/dev/null",
            "--access-log", "none", "--load-certificates-from", _folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.EqualTo(2));
            Assert.That(output, Does.Contain("warning  certificate \"old.com\" expired on "));
            Assert.That(output, Does.Contain("warning  certificate \"early.com\" is not valid before "));
            Assert.That(output, Does.Contain("certificate 2 of 2 (CN=Expired) expired on "));
            Assert.That(output, Does.Contain("certificate 3 of 3 (CN=x) is not the issuer of the one before it"));
            Assert.That(errors, Does.Contain("problem  certificate \"broken.com\": broken.com.key is empty"));
            Assert.That(output, Does.Not.Contain("fine.com"));
        }
    }

    private void Store(string name, CertificatePem pem)
    {
        File.WriteAllText(Path.Combine(_folder, name + ".crt"), pem.Certificate);
        File.WriteAllText(Path.Combine(_folder, name + ".key"), pem.Key);
    }

    [Test]
    public async Task FailedStart_NamesTheVariable()
    {
        var environment = new Dictionary<string, string> { ["PLANB_ACCESS_LOG"] = Path.Combine(_folder, "no", "log") };
        var (exitCode, _, errors) = await PlanbProcess.RunWithAsync(environment, "--listen", "127.0.0.1:0");
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("(PLANB_ACCESS_LOG)"));
    }
}
