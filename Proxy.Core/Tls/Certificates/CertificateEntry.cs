namespace Proxy.Core.Tls.Certificates;

/// <summary>One server name, with or without a certificate.</summary>
internal sealed class CertificateEntry(string name)
{
    private readonly Lock _lock = new();
    private CachedCertificate? _latest;
    private Task<CachedCertificate>? _reading;
    private int _changes;

    public string Name { get; } = name;

    /// <summary>Replaced as a whole; null before the first read.</summary>
    public CachedCertificate? Latest
    {
        get => Volatile.Read(ref _latest);
        set => Volatile.Write(ref _latest, value);
    }

    /// <summary>How many changes were announced.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>The last problem that was logged.</summary>
    public string? Complaint { get; set; }

    public void Changed() => Interlocked.Increment(ref _changes);

    /// <summary>Returns the read that is under way, or a new one.</summary>
    public Task<CachedCertificate> ReadAsync(Func<CertificateEntry, Task<CachedCertificate>> read)
    {
        lock (_lock)
        {
            if (_reading is not { IsCompleted: false }) _reading = Task.Run(() => read(this));
            return _reading;
        }
    }
}

/// <summary>The result of the last read of a name.</summary>
/// <param name="Certificate">The certificate to serve; null if there is none, or never was a valid one.</param>
/// <param name="Content">A hash of what was read; empty if there was nothing.</param>
/// <param name="Problem">Why there is no newer certificate, or none at all; null for no problem.</param>
/// <param name="Stamp">The state of changes when the read started.</param>
/// <param name="FreshUntil">When it has to be read again even without a change, in milliseconds.</param>
internal sealed record CachedCertificate(
    ServerCertificate? Certificate, string Content, string? Problem, ChangeStamp Stamp, long FreshUntil);

/// <summary>Differs from an earlier one if something may have changed in the meantime.</summary>
/// <param name="Version">The store's own version.</param>
/// <param name="OfName">The announced changes of this name.</param>
/// <param name="OfAll">The announced changes of everything.</param>
internal readonly record struct ChangeStamp(long Version, int OfName, int OfAll);
