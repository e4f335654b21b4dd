using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NUnit.Framework;
using Proxy.Core.Redis;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>Why a certificate cannot be used, as logged, and which odd forms can; from both stores.</summary>
[TestFixture("folder")]
[TestFixture("redis")]
public sealed class CertificateReasonTests(string place)
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-reasons-").FullName;
    private readonly TestAuthority _authority = new();
    private readonly RSA _rsa = RSA.Create(2048);
    private RedisServer? _redis;
    private RedisConnections? _connections;
    private ICertificateStore _store = null!;
    private CertificateCache _cache = null!;
    private CertificatePem _good = null!;

    private (string Certificate, string Key) Places => place == "folder"
        ? ("a.com.crt", "a.com.key")
        : ("field \"certificate\" of tls:a.com", "field \"key\" of tls:a.com");

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _good = _authority.Issue("a.com", _rsa);
        _store = new CertificateFolder(_folder);
        if (place == "folder") return;
        _redis = RedisServer.Start();
        _connections = await RedisConnections.StartAsync(
            RoutedNode.At("read", _redis), RoutedNode.At("write", _redis), SystemNames.Resolver);
        var changes = new ChangeTracker(new Clock());
        changes.UsePolling();
        _store = new RedisCertificates(_connections.Read, changes);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_connections is not null) await _connections.DisposeAsync();
        _redis?.Dispose();
        _rsa.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SetUp]
    public void Begin()
    {
        _lines.Clear();
        _cache = new CertificateCache(
            _store, new CertificateRules(TlsPreset.Modern, "", 100), _lines.Enqueue, TimeProvider.System);
    }

    [TearDown]
    public void End() => _cache.Dispose();

    [Test]
    public async Task EncryptedKey_IsNamed()
    {
        var modern = _rsa.ExportEncryptedPkcs8PrivateKeyPem(
            "secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1));
        var traditional = _rsa.ExportRSAPrivateKeyPem().Replace(
            "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", StringComparison.Ordinal);
        foreach (var key in (string[])[modern, traditional])
            await FailsAsync(_good with { Key = key }, $"{Places.Key} is encrypted: store the key without its ");
    }

    [Test]
    public Task KeyOfAnotherCertificate_IsNamed() => FailsAsync(
        _good with { Key = _authority.Issue("b.com").Key },
        $"{Places.Key} does not belong to the first certificate in {Places.Certificate} (CN=a.com): store the key");

    [Test]
    public async Task ServersCertificateThatIsNotFirst_IsNamedWithItsPlace()
    {
        using var middle = new TestAuthority("Middle", _authority);
        var pem = middle.Issue("a.com", _rsa);
        await FailsAsync(
            pem with { Certificate = middle.Pem + "\n" + _authority.Pem + "\n" + pem.Certificate },
            $"{Places.Key} belongs to certificate 3 of 4 in {Places.Certificate} (CN=a.com): put that one first");
    }

    [Test]
    public Task SwappedPair_IsNamed() => FailsAsync(
        new CertificatePem(_good.Key, _good.Certificate), $"{Places.Certificate} and {Places.Key} are swapped: ");

    [Test]
    public async Task SmallRsaKey_IsNamedWithItsSize()
    {
        using var weak = RSA.Create(1024);
        await FailsAsync(
            _authority.Issue("a.com", weak),
            $"{Places.Certificate} is for an RSA key of 1024 bits, too small for OpenSSL's security level: ");
    }

    [Test]
    public async Task CurveThatNoClientSupports_IsNamed()
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp256k1"));
        await FailsAsync(_authority.Issue("a.com", key), $"{Places.Certificate} is for a key on the curve secP256k1, ");
    }

    [TestCase("ed25519", "an Ed25519 key")]
    [TestCase("ed448", "an Ed448 key")]
    public async Task KindOfKeyThatIsNotSupported_IsNamed(string algorithm, string kind)
    {
        var (certificate, key) = (Path.Combine(_folder, "made.pem"), Path.Combine(_folder, "made-key.pem"));
        await Shell.RunAsync(
            $"openssl req -x509 -newkey {algorithm} -nodes -subj /CN=a.com -days 9 -out {certificate} -keyout {key}");
        await FailsAsync(
            new CertificatePem(await File.ReadAllTextAsync(certificate), await File.ReadAllTextAsync(key)),
            $"{Places.Certificate} is for {kind}, which PlanB does not support: have it issued for an ECDSA ");
    }

    [TestCase("rsa:2048", "-sha1", "is signed with a hash too weak for OpenSSL's security level (sha1RSA): ")]
    [TestCase("rsa:1024", "-sha256", "contains an issuer whose key is too small for OpenSSL's security level: ")]
    public async Task WeakIssuer_IsNamed(string issuerKey, string hash, string reason)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, issuerKey)).FullName;
        await Shell.RunAsync($"""
            set -e; cd {folder}
            openssl req -x509 -newkey {issuerKey} -nodes -subj /CN=Issuer -keyout issuer.key -out issuer.crt
            openssl req -new -newkey rsa:2048 -nodes -subj /CN=a.com -keyout a.key -out a.csr
            openssl x509 -req {hash} -in a.csr -CA issuer.crt -CAkey issuer.key -CAcreateserial -out a.crt
            cat issuer.crt >>a.crt
            """);
        var (certificate, key) = (Path.Combine(folder, "a.crt"), Path.Combine(folder, "a.key"));
        await FailsAsync(
            new CertificatePem(await File.ReadAllTextAsync(certificate), await File.ReadAllTextAsync(key)),
            $"{Places.Certificate} {reason}");
    }

    [TestCase("", "is empty")]
    [TestCase("  \r\n", "is empty")]
    [TestCase("\uFEFF", "contains no")]
    [TestCase("hello", "contains no")]
    [TestCase("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "CERTIFICATE REQUEST")]
    public async Task WhatIsNoPem_IsNamedOnEitherSide(string text, string reason)
    {
        await FailsAsync(_good with { Certificate = text }, $"{Places.Certificate} ", reason);
        await FailsAsync(_good with { Key = text }, $"{Places.Key} ", reason);
    }

    [Test]
    public async Task CertificateInPlaceOfTheKey_IsNamed() => await FailsAsync(
        _good with { Key = _good.Certificate },
        $"{Places.Key} contains no private key, but: CERTIFICATE");

    [Test]
    public async Task BinaryForms_AreNamedWithTheCommandThatConvertsThem()
    {
        using var leaf = X509Certificate2.CreateFromPem(_good.Certificate, _good.Key);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (certificate, key) = (Encoding.UTF8.GetBytes(_good.Certificate), Encoding.UTF8.GetBytes(_good.Key));
        var collection = new X509Certificate2Collection(leaf);
        await FailsAsync(leaf.RawData, key, $"{Places.Certificate} is in DER, not PEM: convert it (openssl x509 ");
        await FailsAsync(certificate, _rsa.ExportPkcs8PrivateKey(), $"{Places.Key} is a key in DER, not PEM: ");
        await FailsAsync(certificate, ec.ExportECPrivateKey(), $"{Places.Key} is a key in DER, not PEM: ");
        await FailsAsync(
            collection.Export(X509ContentType.Pkcs12)!, key, $"{Places.Certificate} is PKCS#12, not PEM: extract ");
        await FailsAsync(
            collection.Export(X509ContentType.Pkcs7)!, key, $"{Places.Certificate} is PKCS#7, not PEM certificates: ");
    }

    [Test]
    public async Task DamagedCertificateInTheChain_IsNamedByItsNumber()
    {
        using var middle = new TestAuthority("Middle", _authority);
        var pem = middle.Issue("a.com");
        var at = pem.Certificate.LastIndexOf("MII", StringComparison.Ordinal);
        foreach (var damage in (string[])["MI!", "MIJ", ""])
            await FailsAsync(
                pem with { Certificate = pem.Certificate[..at] + damage + pem.Certificate[(at + 3)..] },
                $"certificate 2 of 2 in {Places.Certificate} is damaged");
        await FailsAsync(
            pem with { Certificate = pem.Certificate[..(at + 99)] + "\n" + _authority.Pem },
            $"certificate 2 of 3 in {Places.Certificate} is damaged");
        await FailsAsync(
            pem with { Key = pem.Key.Replace("MIG", "MIH", StringComparison.Ordinal) },
            $"{Places.Key} contains no readable RSA or ECDSA key, or a damaged one");
    }

    [TestCase(-9, -1, "expired on ", ": clients reject it; renew it")]
    [TestCase(1, 90, "is not valid before ", "until then; if that is in the past, correct the clock")]
    public async Task CertificateOutOfItsTime_IsServedAndNamedOnce(int from, int to, string begin, string end)
    {
        var now = DateTimeOffset.UtcNow;
        await StoreAsync(_authority.Issue("a.com", expiry: now.AddDays(to), start: now.AddDays(from)));
        for (var turn = 0; turn < 3; turn++)
        {
            Assert.That((await _cache.ChooseAsync("a.com")).Certificate, Is.Not.Null);
            _cache.CheckAll();
        }

        Assert.That(_lines.Single(), Does.StartWith($"certificate \"a.com\" {begin}").And.EndsWith(end));
    }

    [Test]
    public async Task ByteOrderMarksLineEndsAndComments_AreAccepted()
    {
        const string Comment = "Certificate:\n    Data:\n        Version: 3 (0x2)\r\n0 = bag attributes: <none>\r\n";
        var mark = Encoding.UTF8.GetString([0xEF, 0xBB, 0xBF]);
        CertificatePem[] forms =
        [
            new(mark + _good.Certificate, mark + _good.Key),
            new(mark + _good.Certificate + mark + _authority.Pem, mark + mark + _good.Key),
            new(Comment + _good.Certificate.ReplaceLineEndings("\r\n"), Comment + _good.Key.ReplaceLineEndings("\r\n")),
            new(_good.Certificate.ReplaceLineEndings(" \n\t"), _good.Key.TrimEnd()),
            _good with { Key = _good.Key + _good.Certificate },
            _good with { Certificate = _good.Key + _good.Certificate },
        ];
        foreach (var form in forms)
            await ServesAsync(Encoding.UTF8.GetBytes(form.Certificate), form.Key, Encoding.UTF8);
        var utf16 = Encoding.Unicode;
        await ServesAsync([.. utf16.Preamble, .. utf16.GetBytes(_good.Certificate)], _good.Key, utf16);
    }

    private async Task ServesAsync(byte[] certificate, string key, Encoding encoding)
    {
        await StoreAsync(certificate, [.. encoding.Preamble, .. encoding.GetBytes(key)]);
        _cache.AllChanged();
        var choice = await _cache.ChooseAsync("a.com");
        Assert.That(choice.Problem, Is.Null);
        Assert.That(choice.Certificate, Is.Not.Null);
    }

    private Task FailsAsync(CertificatePem pem, params string[] reason) =>
        FailsAsync(Encoding.UTF8.GetBytes(pem.Certificate), Encoding.UTF8.GetBytes(pem.Key), reason);

    private async Task FailsAsync(byte[] certificate, byte[] key, params string[] reason)
    {
        await StoreAsync(certificate, key);
        _cache.AllChanged();
        var choice = await _cache.ChooseAsync("a.com");
        Assert.That(choice.Certificate, Is.Null);
        Assert.That(choice.Problem, Does.StartWith("certificate \"a.com\" is unusable: " + reason[0]));
        Assert.That(choice.Problem, Does.Contain(reason[^1]).And.Not.Contains("\n"));
        Assert.That(_lines, Does.Contain(choice.Problem));
    }

    private Task StoreAsync(CertificatePem pem) =>
        StoreAsync(Encoding.UTF8.GetBytes(pem.Certificate), Encoding.UTF8.GetBytes(pem.Key));

    private async Task StoreAsync(byte[] certificate, byte[] key)
    {
        if (_connections is not null)
        {
            await _connections.Write.Database.HashSetAsync(
                "tls:a.com", [new("certificate", certificate), new("key", key)]);
            return;
        }

        await File.WriteAllBytesAsync(Path.Combine(_folder, "a.com.crt"), certificate);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "a.com.key"), key);
    }
}
