using System.Net;
using NUnit.Framework;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>What the program offers under each preset, asked by the openssl program.</summary>
public sealed class PresetTests
{
    private const string Refused = "Cipher is (NONE)";
    private static readonly string[] Presets = ["modern", "intermediate", "old"];
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-presets-").FullName;
    private readonly List<PlanbProcess> _running = [];
    private readonly Dictionary<string, int> _ports = [];
    private RedisServer _redis = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        using var authority = new TestAuthority();
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        Write("ec.com", authority.Issue("ec.com"));
        Write("rsa.com", authority.Issue("rsa.com", rsa));
        _redis = RedisServer.Start();
        foreach (var preset in Presets) _ports[preset] = await ListenAsync("--tls-preset", preset);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var planb in _running) await planb.DisposeAsync();
        _redis.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task BestOfAll_IsTheSameEverywhere([ValueSource(nameof(Presets))] string preset)
    {
        var said = await AskAsync(preset, "ec.com", "-tls1_3");
        Assert.That(said, Does.Contain("TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256").And.Contains("X25519"));
        said = await AskAsync(preset, "ec.com", "-tls1_2");
        Assert.That(said, Does.Contain("TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256").And.Contains("X25519"));
        said = await AskAsync(preset, "rsa.com", "-tls1_2");
        Assert.That(said, Does.Contain("TLSv1.2, Cipher is ECDHE-RSA-AES128-GCM-SHA256"));
        Assert.That(said, Does.Contain("HTTP/1.1 400 Bad Request"), "and HTTP goes through");
    }

    [Test]
    public async Task OrderOfPreference_IsTheServers([ValueSource(nameof(Presets))] string preset)
    {
        var said = await AskAsync(
            preset, "rsa.com", "-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256");
        Assert.That(said, Does.Contain("Cipher is ECDHE-RSA-AES128-GCM-SHA256"));
    }

    [TestCase("ECDHE-RSA-AES128-SHA256", "modern")]
    [TestCase("ECDHE-RSA-AES256-SHA", "modern")]
    [TestCase("AES128-GCM-SHA256", "modern")]
    [TestCase("AES256-SHA", "modern")]
    [TestCase("DHE-RSA-AES128-GCM-SHA256", "modern intermediate old")]
    [TestCase("ECDHE-RSA-CHACHA20-POLY1305", "")]
    public async Task Suite_IsRefusedBy(string suite, string presets)
    {
        foreach (var preset in Presets)
        {
            var said = await AskAsync(preset, "rsa.com", "-tls1_2", "-cipher", suite);
            var expected = presets.Contains(preset, StringComparison.Ordinal) ? Refused : $"Cipher is {suite}";
            Assert.That(said, Does.Contain(expected), preset);
        }
    }

    [TestCase("-tls1")]
    [TestCase("-tls1_1")]
    public async Task OldVersion_IsForOldAlone(string version)
    {
        foreach (var preset in Presets)
        {
            var said = await AskAsync(preset, "rsa.com", version, "-cipher", "ALL:@SECLEVEL=0");
            Assert.That(said.Contains(Refused, StringComparison.Ordinal), Is.EqualTo(preset != "old"), preset);
        }
    }

    [Test]
    public async Task Session_IsResumed(
        [ValueSource(nameof(Presets))] string preset, [Values("-tls1_2", "-tls1_3")] string version)
    {
        var file = Path.Combine(_folder, preset + version);
        await AskAsync(preset, "ec.com", version, "-sess_out", file);
        Assert.That(await AskAsync(preset, "ec.com", version, "-sess_in", file), Does.Contain("Reused, TLSv1"));
    }

    [Test]
    public async Task UnknownName_IsRefusedWithAnAlert()
    {
        var said = await AskAsync("modern", "none.com", "-tls1_3");
        Assert.That(said, Does.Contain(Refused).And.Contains("alert"));
    }

    private Task<string> AskAsync(string preset, string name, params string[] options) =>
        OpenSslClient.RunAsync(_ports[preset], name, options);

    private async Task<int> ListenAsync(params string[] options)
    {
        var planb = PlanbProcess.Start(
        [
            "--listen", "disabled", "--tls-listen", "127.0.0.1:0", "--load-certificates-from", _folder,
            "--read-redis-port", $"{_redis.Port}", "--write-redis-port", $"{_redis.Port}", "--access-log", "none",
            .. options,
        ]);
        _running.Add(planb);
        const string Listening = "Listening tls on ";
        var line = await planb.ErrorLineAsync(Listening);
        var address = line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..];
        return IPEndPoint.Parse(address.TrimEnd('.')).Port;
    }

    private void Write(string name, CertificatePem pem)
    {
        File.WriteAllText(Path.Combine(_folder, name + ".crt"), pem.Certificate);
        File.WriteAllText(Path.Combine(_folder, name + ".key"), pem.Key);
    }
}
