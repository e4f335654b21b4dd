using System.Collections.Concurrent;
using Proxy.Core.Tls.Certificates;

namespace Proxy.Tests.Fixtures.Tls;

/// <summary>Certificates that are what the test says.</summary>
internal sealed class FixedCertificates : ICertificateStore
{
    private readonly ConcurrentDictionary<string, CertificatePem> _byName = new();

    public ConcurrentQueue<string> Reads { get; } = new();

    /// <summary>Why the store cannot be asked, when it cannot.</summary>
    public string? Trouble { get; set; }

    public long Version { get; set; } = ICertificateStore.Untold;

    public void Set(string name, CertificatePem pem) => _byName[name] = pem;

    public void Delete(string name) => _byName.TryRemove(name, out _);

    public Task<CertificatePem?> ReadAsync(string name)
    {
        Reads.Enqueue(name);
        if (Trouble is not null) throw new CertificatesUnavailableException(Trouble);
        return Task.FromResult(_byName.GetValueOrDefault(name));
    }

    public long VersionOf(string name) => Version;
}
