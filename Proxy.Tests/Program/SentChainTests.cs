using NUnit.Framework;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Program;

/// <summary>
/// The program on a machine that trusts both roots an issuer is signed by, and that issuer: it sends what is stored.
/// </summary>
[TestFixture("native", "folder")]
[TestFixture("sockets", "folder")]
[TestFixture("native", "redis")]
[TestFixture("sockets", "redis")]
public sealed class SentChainTests(string engine, string place)
{
    private const string Begin = "-----BEGIN CERTIFICATE-----", End = "-----END CERTIFICATE-----";
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-chains-").FullName;
    private readonly Dictionary<string, string[]> _stored = [];
    private RedisServer? _redis;
    private PlanbProcess _planb = null!;
    private int _port;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        if (place == "redis") _redis = RedisServer.Start();
        var trust = Path.Combine(_folder, "trusted.pem");
        await File.WriteAllTextAsync(trust, StoreAll());
        string[] source = _redis is null
            ? ["--routes", "/dev/null", "--load-certificates-from", _folder]
            : ["--read-redis-port", $"{_redis.Port}", "--write-redis-port", $"{_redis.Port}"];
        _planb = PlanbProcess.StartWith(
            new() { ["SSL_CERT_FILE"] = trust, ["SSL_CERT_DIR"] = "/nowhere" },
            ["--listen", "disabled", "--tls-listen", "127.0.0.1:0", "--engine", engine, "--access-log", "none",
                .. source]);
        _port = (await _planb.ListeningAsync(isTls: true)).Port;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _planb.DisposeAsync();
        _redis?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task StoredCertificates_AreSentInTheirOrderAndNoOthers(
        [Values("-tls1_2", "-tls1_3")] string version,
        [Values("alone", "leaf", "issuer", "cross", "both", "root", "three", "incomplete", "expired", "unrelated",
            "shuffled", "twice", "leaftwice", "selfsigned", "glued")] string name)
    {
        var said = await OpenSslClient.RunAsync(_port, name, version, "-showcerts");
        Assert.That(CertificatesIn(said), Is.EqualTo(_stored[name]), said);
    }

    // The new root is signed by itself and, for clients that do not know it yet, by the old one. Returns what the
    // machine trusts.
    private string StoreAll()
    {
        using var oldRoot = new TestAuthority("Old Root");
        using var newRoot = new TestAuthority("New Root");
        using var issuer = new TestAuthority("Issuer", newRoot);
        using var lower = new TestAuthority("Lower", issuer);
        using var lowest = new TestAuthority("Lowest", lower);
        using var expired = new TestAuthority("Expired", newRoot, DateTimeOffset.UtcNow.AddMinutes(-5));
        var crossed = oldRoot.CrossSign(newRoot);
        Store("alone", oldRoot);
        Store("leaf", issuer);
        Store("issuer", issuer, issuer.Pem);
        Store("cross", issuer, issuer.Pem, crossed);
        Store("both", issuer, issuer.Pem, crossed, newRoot.Pem);
        Store("root", issuer, issuer.Pem, newRoot.Pem);
        Store("three", lowest, lowest.Pem, lower.Pem, issuer.Pem);
        Store("incomplete", lowest, lower.Pem);
        Store("expired", expired, expired.Pem);
        Store("unrelated", issuer, issuer.Pem, lower.Pem);
        Store("shuffled", lowest, issuer.Pem, lowest.Pem, lower.Pem);
        Store("twice", issuer, issuer.Pem, issuer.Pem);
        StoreText("leaftwice", issuer.Issue("leaftwice"), leaf => [leaf, leaf, issuer.Pem]);
        StoreText("selfsigned", oldRoot.Issue("selfsigned"), leaf => [leaf, oldRoot.Pem]);
        StoreText("glued", issuer.Issue("glued"), leaf => [leaf, issuer.Pem], between: "");
        return string.Join('\n', newRoot.Pem, oldRoot.Pem, issuer.Pem);
    }

    private void Store(string name, TestAuthority authority, params string[] behind) =>
        StoreText(name, authority.Issue(name), leaf => [leaf, .. behind]);

    private void StoreText(string name, CertificatePem pem, Func<string, string[]> chainOf, string between = "\n")
    {
        var chain = _stored[name] = chainOf(CertificatesIn(pem.Certificate)[0]);
        var text = string.Join(between, chain);
        if (_redis is not null)
        {
            _redis.Cli("hset", "tls:" + name, "certificate", text, "key", pem.Key);
            return;
        }

        File.WriteAllText(Path.Combine(_folder, name + ".crt"), text);
        File.WriteAllText(Path.Combine(_folder, name + ".key"), pem.Key);
    }

    private static string[] CertificatesIn(string text) =>
        [.. text.Split(Begin)[1..].Select(rest => Begin + rest[..rest.IndexOf(End, StringComparison.Ordinal)] + End)];
}
