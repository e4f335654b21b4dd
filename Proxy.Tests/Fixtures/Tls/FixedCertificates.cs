using System.Collections.Concurrent;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;

namespace Proxy.Tests.Fixtures.Tls;

/// <summary>Certificates that the test sets.</summary>
internal sealed class FixedCertificates : ICertificateStore
{
    private readonly ConcurrentDictionary<string, CertificatePem> _byName = new();

    public ConcurrentQueue<string> Reads { get; } = new();

    /// <summary>Why the store cannot be asked, when it cannot.</summary>
    public string? Problem { get; set; }

    public long Version { get; set; } = ICertificateStore.Unversioned;

    public void Set(string name, CertificatePem pem) => _byName[name] = pem;

    public void Delete(string name) => _byName.TryRemove(name, out _);

    public Task<CertificatePem?> ReadAsync(string name)
    {
        Reads.Enqueue(name);
        if (Problem is not null) throw new CertificatesUnavailableException(Problem);
        return Task.FromResult(_byName.GetValueOrDefault(name));
    }

    public long VersionOf(string name) => Version;

    /// <summary>Creates a cache of these certificates that logs nothing.</summary>
    public CertificateCache ToCache(string byDefault = "", int max = 100) =>
        new(this, new CertificateRules(TlsPreset.Modern, byDefault, max), _ => { }, TimeProvider.System);

    /// <summary>Creates a cache with a certificate for a.com alone.</summary>
    public static CertificateCache CacheFor(TestAuthority authority)
    {
        var store = new FixedCertificates();
        store.Set("a.com", authority.Issue("a.com"));
        return store.ToCache();
    }
}
