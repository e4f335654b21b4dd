using System.Collections.Concurrent;
using NUnit.Framework;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CertificateFolderTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly string _path = Directory.CreateTempSubdirectory("planb-certificates-").FullName;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly CertificateCache _cache;

    public CertificateFolderTests() => _cache = new CertificateCache(
        new CertificateFolder(_path), new CertificateRules(TlsPreset.Modern, "", 100), _lines.Enqueue,
        TimeProvider.System);

    public void Dispose()
    {
        _cache.Dispose();
        _authority.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Test, Category("G-TF-1")]
    public async Task UnknownName_HasNoCertificate() =>
        Assert.That(await _cache.ChooseAsync("blah.com"), Is.EqualTo(default(CertificateChoice)));

    [TestCase("tsuru.com", "tsuru.com", Category = "G-TF-2")]
    [TestCase("hello.tsuru.io", "*.tsuru.io", Category = "G-TF-3")]
    public async Task Name_IsServedByItsFilesOrTheWildcards(string name, string file)
    {
        Write(file, _authority.Issue(file));
        Assert.That(await SubjectAsync(name), Is.EqualTo($"CN={file}"));
    }

    [Test]
    public async Task ChangedFiles_AreServedAfterRereading()
    {
        Write("a.com", _authority.Issue("a.com"));
        var before = (await _cache.ChooseAsync("a.com")).Certificate;
        Write("a.com", _authority.Issue("a.com"));
        _cache.AllChanged();
        Assert.That((await _cache.ChooseAsync("a.com")).Certificate, Is.Not.Null.And.Not.SameAs(before));
    }

    [Test]
    public async Task RereadOnRequest_CountsWhatIsReadChangedAndBroken()
    {
        Write("a.com", _authority.Issue("a.com"));
        Write("b.com", _authority.Issue("b.com"));
        var before = (await _cache.ChooseAsync("a.com")).Certificate;
        await _cache.ChooseAsync("b.com");
        Write("a.com", _authority.Issue("a.com"));
        Write("c.com", _authority.Issue("c.com"));
        File.WriteAllText(Path.Combine(_path, "b.com.key"), "no key");
        var (read, changed, failed, left, faults) = await _cache.RereadAsync(CancellationToken.None);
        Assert.That((read, changed, failed, left), Is.EqualTo((2, 1, 1, 0)));
        Assert.That(faults, Has.One.Contains("\"b.com\""));
        Assert.That((await _cache.ChooseAsync("a.com")).Certificate, Is.Not.Null.And.Not.SameAs(before));
        Assert.That(await SubjectAsync("b.com"), Is.EqualTo("CN=b.com"), "the previous one stays in use");
    }

    [Test]
    public async Task RereadWithoutTime_LeavesCertificatesToBeReadWhenNeeded()
    {
        Write("a.com", _authority.Issue("a.com"));
        var before = (await _cache.ChooseAsync("a.com")).Certificate;
        Write("a.com", _authority.Issue("a.com"));
        var reread = await _cache.RereadAsync(new CancellationToken(canceled: true));
        Assert.That(reread.Left, Is.EqualTo(1));
        Assert.That($"{reread}", Does.EndWith("; 1 more are reread when clients request them"));
        Assert.That((await _cache.ChooseAsync("a.com")).Certificate, Is.Not.Null.And.Not.SameAs(before));
    }

    [TestCase(".crt", "a.com.key is missing next to a.com.crt")]
    [TestCase(".key", "a.com.crt is missing next to a.com.key")]
    public async Task HalfAPair_IsTold(string kept, string reason)
    {
        Write("a.com", _authority.Issue("a.com"));
        File.Delete(Path.Combine(_path, "a.com" + (kept == ".crt" ? ".key" : ".crt")));
        Assert.That(await SubjectAsync("a.com"), Is.Null);
        Assert.That(_lines, Is.EqualTo([$"certificate \"a.com\" is unusable: {reason}"]));
    }

    [Test]
    public async Task FileThatIsNoCertificateByItsSize_IsTold()
    {
        File.WriteAllBytes(Path.Combine(_path, "a.com.crt"), new byte[CertificateFolder.FileBytesMax + 1]);
        Assert.That(await SubjectAsync("a.com"), Is.Null);
        Assert.That(_lines, Is.EqualTo(["certificate \"a.com\" is unusable: a.com.crt is too large"]));
    }

    [Test]
    public async Task FolderThatHasGone_LeavesWhatIsKnown()
    {
        Write("a.com", _authority.Issue("a.com"));
        await SubjectAsync("a.com");
        Directory.Move(_path, _path + "-moved");
        _cache.AllChanged();
        Assert.That(await SubjectAsync("a.com"), Is.EqualTo("CN=a.com"));
        var problem = (await _cache.ChooseAsync("b.com")).Problem;
        Assert.That(problem, Does.Contain(_path).And.EndsWith(" (--load-certificates-from)"));
        Directory.Move(_path + "-moved", _path);
    }

    private void Write(string name, CertificatePem pem)
    {
        File.WriteAllText(Path.Combine(_path, name + ".crt"), pem.Certificate);
        File.WriteAllText(Path.Combine(_path, name + ".key"), pem.Key);
    }

    private async Task<string?> SubjectAsync(string name) =>
        (await _cache.ChooseAsync(name)).Certificate?.Options.ServerCertificateContext!.TargetCertificate.Subject;
}
