using System.Security.Cryptography.X509Certificates;
using System.Text;
using NUnit.Framework;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>The file of <c>--backend-ca</c>, and of its twins for Redis.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AuthorityFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _authority.Dispose();
        File.Delete(_file);
    }

    [Test]
    public void DamagedAuthority_IsNamedAndNotLeftOut()
    {
        var damaged = _authority.Pem.Replace("MII", "MI!", StringComparison.Ordinal);
        Assert.That(Loading(_authority.Pem + "\n" + damaged), Fails("certificate 2 of 2 in "));
    }

    [Test]
    public void FileWithoutAnAuthority_IsNamed()
    {
        Assert.That(Loading(""), Fails(" is empty"));
        Assert.That(Loading(_authority.Issue("a.com").Key), Fails(" contains no certificate, but: PRIVATE KEY"));
        using var certificate = X509Certificate2.CreateFromPem(_authority.Pem);
        Assert.That(Loading(certificate.RawData), Fails(" is in DER, not PEM: convert it"));
    }

    [Test]
    public void ByteOrderMarksAndComments_AreAccepted() =>
        Assert.That(Loading("\uFEFF# ours\r\n" + _authority.Pem + "\uFEFF" + _authority.Pem), Throws.Nothing);

    private static NUnit.Framework.Constraints.IResolveConstraint Fails(string reason) =>
        Throws.TypeOf<InvalidCertificateException>().With.Message.Contains(reason);

    private Action Loading(string text) => Loading(Encoding.UTF8.GetBytes(text));

    private Action Loading(byte[] content) => () =>
    {
        File.WriteAllBytes(_file, content);
        _ = new BackendTrust(new BackendTls(_file, IsInsecure: false), isPresetInForce: false);
    };
}
