using System.Diagnostics;
using System.Security.Cryptography;
using NUnit.Framework;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

public sealed class ServerCertificateTests : IDisposable
{
    private static readonly ReadOnlyMemory<byte> Hello = PinnedContext.MakeHello();
    private readonly TestAuthority _authority = new();
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _authority.Dispose();
        _rsa.Dispose();
        _ec.Dispose();
    }

    [Test]
    public void KeyOfAnyUsualForm_IsTaken()
    {
        var rsa = _authority.Issue("a.com", _rsa);
        var ec = _authority.Issue("a.com", _ec);
        CertificatePem[] forms =
        [
            rsa, rsa with { Key = _rsa.ExportRSAPrivateKeyPem() },
            ec, ec with { Key = _ec.ExportECPrivateKeyPem() },
            ec with { Key = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
                _ec.ExportECPrivateKeyPem() },
            rsa with { Certificate = "# a comment\n" + rsa.Certificate.ReplaceLineEndings("\r\n") },
        ];
        foreach (var form in forms)
        {
            using var certificate = ServerCertificate.Load(form, TlsPreset.Modern, Hello);
            var context = certificate.Options.ServerCertificateContext!;
            Assert.That(context.TargetCertificate.Subject, Is.EqualTo("CN=a.com"));
        }
    }

    [Test]
    public void Chain_IsPreparedWhole()
    {
        using var middle = new TestAuthority("Middle", _authority);
        using var lower = new TestAuthority("Lower", middle);
        using var certificate = ServerCertificate.Load(lower.Issue("a.com"), TlsPreset.Modern, Hello);
        Assert.That(
            certificate.Options.ServerCertificateContext!.IntermediateCertificates.Select(other => other.Subject),
            Is.EqualTo(["CN=Lower", "CN=Middle"]));
    }

    [Test]
    public void WhatCannotBeServed_IsBrokenWithAReason()
    {
        var good = _authority.Issue("a.com", _rsa);
        using var weak = RSA.Create(1024);
        CertificatePem[] broken =
        [
            good with { Key = _authority.Issue("a.com").Key },
            good with { Key = "" },
            good with { Certificate = "" },
            good with { Certificate = good.Certificate.Replace("MII", "MIJ", StringComparison.Ordinal) },
            good with { Key = _rsa.ExportEncryptedPkcs8PrivateKeyPem(
                "secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)) },
            _authority.Issue("a.com", weak),
        ];
        foreach (var pem in broken)
        {
            Assert.That(
                () => ServerCertificate.Load(pem, TlsPreset.Modern, Hello),
                Throws.TypeOf<InvalidCertificateException>().With.Message.Not.Empty.And.Message.Not.Contains("\n"));
        }
    }

    [Test]
    public async Task PresetThatOpenSslDidNotTake_IsFound()
    {
        // This process was not set up for any preset.
        Debug.Assert(Environment.GetEnvironmentVariable("OPENSSL_CONF") is null);
        foreach (var preset in Enum.GetValues<TlsPreset>())
            Assert.That(
                await new PresetCheck(preset).FindFaultAsync(),
                Does.Contain("--tls-preset " + preset.ToString().ToLowerInvariant()));
    }
}
