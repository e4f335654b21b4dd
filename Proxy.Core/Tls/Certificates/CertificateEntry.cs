namespace Proxy.Core.Tls.Certificates;

/// <summary>One name, whether it has a certificate or not.</summary>
internal sealed class CertificateEntry(string name)
{
    private readonly Lock _lock = new();
    private CachedCertificate? _latest;
    private Task<CachedCertificate>? _reading;
    private int _changes;

    public string Name { get; } = name;

    /// <summary>Replaced whole; null before the first reading.</summary>
    public CachedCertificate? Latest
    {
        get => Volatile.Read(ref _latest);
        set => Volatile.Write(ref _latest, value);
    }

    /// <summary>Changes that were announced.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>What the log was told last about it.</summary>
    public string? Complaint { get; set; }

    public void Changed() => Interlocked.Increment(ref _changes);

    /// <summary>The reading that is under way, or a new one.</summary>
    public Task<CachedCertificate> ReadAsync(Func<CertificateEntry, Task<CachedCertificate>> read)
    {
        lock (_lock)
        {
            if (_reading is not { IsCompleted: false }) _reading = Task.Run(() => read(this));
            return _reading;
        }
    }
}
