using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Proxy.Core.Tls.Certificates;

/// <summary>
/// Certificates by server name: the exact one, else <c>*.rest</c>, else the default. Each is read when it is first
/// asked for, and again when it may have changed or, where the store does not tell of changes, after
/// <see cref="ReadAgainAfter"/>. A broken one is told to the log and never takes the place of a good one.
/// </summary>
public sealed class CertificateCache : IDisposable
{
    /// <summary>Names without a certificate that are remembered.</summary>
    public const int UnknownNamesMax = 10_000;

    /// <summary>How old what was read may get when changes are not told.</summary>
    public static readonly TimeSpan ReadAgainAfter = TimeSpan.FromSeconds(30);

    /// <summary>Certificates that no client asked for which are reread on request, if a store lists them.</summary>
    public const int UnusedRereadMax = 100;

    /// <summary>How long a store that could not be asked is left alone.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private const int NameLengthMax = 253;
    private static readonly TimeSpan WatchEvery = TimeSpan.FromHours(1);
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._");

    private readonly ICertificateStore _store;
    private readonly CertificateRules _rules;
    private readonly Action<string> _report;
    private readonly TimeProvider _time;
    private readonly ReadOnlyMemory<byte> _hello = PinnedContext.MakeHello();
    private readonly ExpiryWatch _expiry;
    private readonly ITimer _watch;
    private readonly Lock _lock = new();
    private readonly LeastRecentlyUsed<CertificateEntry> _known;
    private readonly LeastRecentlyUsed<CertificateEntry> _unknown = new(UnknownNamesMax);
    private int _changesOfAll;

    /// <param name="store">Where certificates are read from.</param>
    /// <param name="rules">How they are chosen and kept.</param>
    /// <param name="report">Takes a line about a broken or an ending certificate.</param>
    /// <param name="time">The time.</param>
    public CertificateCache(
        ICertificateStore store, CertificateRules rules, Action<string> report, TimeProvider time)
    {
        (_store, _rules, _report, _time) = (store, rules, report, time);
        _known = new LeastRecentlyUsed<CertificateEntry>(rules.Max);
        _expiry = new ExpiryWatch(report, time);
        _watch = time.CreateTimer(static self => ((CertificateCache)self!).CheckAll(), this, WatchEvery, WatchEvery);
    }

    private long Now => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>The certificate of that name may have changed.</summary>
    public void Changed(string name)
    {
        lock (_lock) (_known.Get(name) ?? _unknown.Get(name))?.Changed();
    }

    /// <summary>Any certificate may have changed.</summary>
    public void AllChanged() => Interlocked.Increment(ref _changesOfAll);

    /// <summary>
    /// Reads again what is in memory, what could not be used, and some others of a store that lists them. What is left
    /// when there was <paramref name="enough"/> of it is read again when it is needed, as after
    /// <see cref="AllChanged"/>.
    /// </summary>
    public async Task<CertificatesReread> RereadAsync(CancellationToken enough)
    {
        AllChanged();
        var names = NamesToReread();
        var (done, read, changed, failed) = (0, 0, 0, 0);
        var faults = new List<string>();
        for (; done < names.Length && !enough.IsCancellationRequested; done++)
        {
            var entry = EntryOf(names[done]);
            var before = entry.Latest?.Certificate;
            var (certificate, trouble) = await LookUpAsync(names[done]);
            if (trouble is not null) failed++;
            else if (certificate is not null) read++;
            if (trouble is not null && !faults.Contains(trouble)) faults.Add(trouble);
            if (before is not null && certificate != before) changed++;
        }

        return new CertificatesReread(read, changed, failed, names.Length - done, faults);
    }

    // The least recently used come first, so that their order is the same afterwards.
    private string[] NamesToReread()
    {
        lock (_lock)
        {
            string[] known = [.. _known.Values.Select(entry => entry.Name).Reverse()];
            var broken = _unknown.Values.Where(entry => entry.Latest?.Trouble is not null).Select(entry => entry.Name);
            var room = Math.Min(UnusedRereadMax, _rules.Max - known.Length);
            string[] unused = [.. broken.Union(_store.Names.Except(known)).Take(Math.Max(0, room))];
            return [.. unused, .. known];
        }
    }

    /// <summary>Loads the default certificate and says so when there is none.</summary>
    public async Task CheckDefaultAsync()
    {
        if (_rules.Default.Length == 0) return;
        var (certificate, trouble) = await LookUpAsync(_rules.Default);
        if (certificate is not null || EntryOf(_rules.Default).Complaint is not null) return;
        _report(trouble ?? $"the default certificate \"{_rules.Default}\" is not there");
    }

    /// <summary>The names in memory whose certificates end first, and when (UTC). For metrics.</summary>
    public IReadOnlyList<(string Name, DateTime Expiry)> FirstToExpire(int max)
    {
        lock (_lock)
        {
            var ends = from entry in _known.Values
                       let certificate = entry.Latest?.Certificate
                       where certificate is not null
                       orderby certificate.Expiry
                       select (entry.Name, certificate.Expiry);
            return [.. ends.Take(max)];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        lock (_lock)
        {
            foreach (var entry in _known.Values) entry.Latest?.Certificate?.Dispose();
        }
    }

    /// <summary>The certificate for what a client calls the server; empty when it does not say.</summary>
    internal async ValueTask<CertificateChoice> ChooseAsync(string serverName)
    {
        var name = serverName.TrimEnd('.').ToLowerInvariant();
        var isName = name.Length is > 0 and <= NameLengthMax && !name.AsSpan().ContainsAnyExcept(NameCharacters);
        string? trouble = null;
        if (isName)
        {
            var exact = await LookUpAsync(name);
            if (exact.Certificate is not null) return exact;
            trouble = exact.Trouble;
            if (WildcardOf(name) is { } wildcard)
            {
                var wide = await LookUpAsync(wildcard);
                if (wide.Certificate is not null) return wide;
                trouble ??= wide.Trouble;
            }
        }

        if (_rules.Default.Length == 0) return new CertificateChoice(null, trouble);
        var byDefault = await LookUpAsync(_rules.Default);
        return byDefault with { Trouble = trouble ?? byDefault.Trouble };
    }

    private static string? WildcardOf(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? null : "*" + name[dot..];
    }

    private async ValueTask<CertificateChoice> LookUpAsync(string name)
    {
        var entry = EntryOf(name);
        var reading = FreshOf(entry) ?? await entry.ReadAsync(ReadAsync);
        return new CertificateChoice(reading.Certificate, reading.Trouble);
    }

    private CachedCertificate? FreshOf(CertificateEntry entry) =>
        entry.Latest is { } latest && latest.FreshUntil > Now && latest.Stamp == StampOf(entry) ? latest : null;

    private CertificateEntry EntryOf(string name)
    {
        lock (_lock)
        {
            if ((_known.Get(name) ?? _unknown.Get(name)) is { } entry) return entry;
            entry = new CertificateEntry(name);
            _unknown.Put(name, entry);
            return entry;
        }
    }

    private ChangeStamp StampOf(CertificateEntry entry) =>
        new(_store.VersionOf(entry.Name), entry.Changes, Volatile.Read(ref _changesOfAll));

    private async Task<CachedCertificate> ReadAsync(CertificateEntry entry)
    {
        // Somebody else may have read it between the look at it and here.
        if (FreshOf(entry) is { } fresh) return fresh;
        var stamp = StampOf(entry);
        var before = entry.Latest ?? new CachedCertificate(null, "", null, stamp, 0);
        CachedCertificate reading;
        try
        {
            reading = Judge(before, await _store.ReadAsync(entry.Name));
            entry.Complaint = null;
        }
        catch (InvalidCertificateException e)
        {
            Complain(entry, e.Message);
            reading = before with { Content = "", Trouble = TroubleOf(entry, e.Message) };
        }
        catch (CertificatesUnavailableException e)
        {
            reading = before with { Trouble = e.Message, Stamp = stamp, FreshUntil = Now + Milliseconds(RetryAfter) };
            entry.Latest = reading;
            return reading;
        }

        var age = stamp.Version == ICertificateStore.Untold ? Now + Milliseconds(ReadAgainAfter) : long.MaxValue;
        reading = reading with { Stamp = stamp, FreshUntil = age };
        Keep(entry, before, reading);
        return reading;
    }

    // What has not changed keeps its context, and the tickets that were given out with it.
    private CachedCertificate Judge(CachedCertificate before, CertificatePem? pem)
    {
        if (pem is null) return before with { Certificate = null, Content = "", Trouble = null };
        var content = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{pem.Certificate}\0{pem.Key}")));
        if (content == before.Content && before.Certificate is { IsDisposed: false })
            return before with { Trouble = null };
        return before with
        {
            Certificate = ServerCertificate.Load(pem, _rules.Preset, _hello),
            Content = content,
            Trouble = null,
        };
    }

    private void Complain(CertificateEntry entry, string reason)
    {
        if (entry.Complaint == reason) return;
        entry.Complaint = reason;
        var kept = entry.Latest?.Certificate is null ? "" : "; the previous one stays in use";
        _report(TroubleOf(entry, reason) + kept);
    }

    private static string TroubleOf(CertificateEntry entry, string reason) =>
        $"certificate \"{entry.Name}\" cannot be used: {reason}";

    private void Keep(CertificateEntry entry, CachedCertificate before, CachedCertificate reading)
    {
        entry.Latest = reading;
        lock (_lock)
        {
            var (from, to) = reading.Certificate is null ? (_known, _unknown) : (_unknown, _known);
            from.Remove(entry.Name);
            to.Put(entry.Name, entry)?.Latest?.Certificate?.Dispose();
        }

        if (before.Certificate != reading.Certificate) before.Certificate?.Dispose();
        if (reading.Certificate is { } served) _expiry.Check(entry.Name, served);
    }

    /// <summary>Looks whether a certificate in memory is about to end; every hour.</summary>
    internal void CheckAll()
    {
        CertificateEntry[] entries;
        lock (_lock) entries = [.. _known.Values];
        foreach (var entry in entries)
        {
            if (entry.Latest?.Certificate is { } certificate) _expiry.Check(entry.Name, certificate);
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
