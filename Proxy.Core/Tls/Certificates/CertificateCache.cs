using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Proxy.Core.Tls.Certificates;

/// <summary>
/// Certificates by server name: the exact one, else <c>*.rest</c>, else the default. Each is read when it is first
/// requested, and again when it may have changed or, if the store does not report changes, after
/// <see cref="ReadAgainAfter"/>. An invalid one is logged and never replaces a valid one.
/// </summary>
public sealed class CertificateCache : IDisposable
{
    /// <summary>The most names without a certificate that are remembered.</summary>
    public const int UnknownNamesMax = 10_000;

    /// <summary>The maximum age of a certificate if the store does not report changes.</summary>
    public static readonly TimeSpan ReadAgainAfter = TimeSpan.FromSeconds(30);

    /// <summary>The most unrequested certificates that a reload reads, if a store lists them.</summary>
    public const int UnusedRereadMax = 100;

    /// <summary>The pause after a failed read of the store.</summary>
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

    /// <param name="store">The store of certificates.</param>
    /// <param name="rules">How certificates are chosen and cached.</param>
    /// <param name="report">Takes a line about an invalid or expiring certificate.</param>
    /// <param name="time">The clock.</param>
    public CertificateCache(
        ICertificateStore store, CertificateRules rules, Action<string> report, TimeProvider time)
    {
        (_store, _rules, _report, _time) = (store, rules, report, time);
        _known = new LeastRecentlyUsed<CertificateEntry>(rules.Max);
        _expiry = new ExpiryWatch(report, time);
        _watch = time.CreateTimer(static self => ((CertificateCache)self!).CheckAll(), this, WatchEvery, WatchEvery);
    }

    private long Now => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Notes that the certificate of that name may have changed.</summary>
    public void Changed(string name)
    {
        lock (_lock) (_known.Get(name) ?? _unknown.Get(name))?.Changed();
    }

    /// <summary>Notes that any certificate may have changed.</summary>
    public void AllChanged() => Interlocked.Increment(ref _changesOfAll);

    /// <summary>
    /// Reads again what is in memory, what was invalid, and some others of a store that lists them. Those left when
    /// <paramref name="enough"/> is cancelled are read again when they are requested, as after
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
            var (certificate, problem) = await LookUpAsync(names[done]);
            if (problem is not null) failed++;
            else if (certificate is not null) read++;
            if (problem is not null && !faults.Contains(problem)) faults.Add(problem);
            if (before is not null && certificate != before) changed++;
        }

        return new CertificatesReread(read, changed, failed, names.Length - done, faults);
    }

    // The least recently used come first, so that their order stays the same.
    private string[] NamesToReread()
    {
        lock (_lock)
        {
            string[] known = [.. _known.Values.Select(entry => entry.Name).Reverse()];
            var invalid = _unknown.Values.Where(entry => entry.Latest?.Problem is not null).Select(entry => entry.Name);
            var room = Math.Min(UnusedRereadMax, _rules.Max - known.Length);
            string[] unused = [.. invalid.Union(_store.Names.Except(known)).Take(Math.Max(0, room))];
            return [.. unused, .. known];
        }
    }

    /// <summary>Loads the default certificate and reports if there is none.</summary>
    public async Task CheckDefaultAsync()
    {
        if (_rules.Default.Length == 0) return;
        var (certificate, problem) = await LookUpAsync(_rules.Default);
        if (certificate is not null || EntryOf(_rules.Default).Complaint is not null) return;
        _report(problem ?? $"the default certificate \"{_rules.Default}\" does not exist");
    }

    /// <summary>Returns the names in memory whose certificates expire first, and when (UTC). For metrics.</summary>
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

    /// <summary>Returns the certificate for the server name of a client; empty if the client sent none.</summary>
    internal async ValueTask<CertificateChoice> ChooseAsync(string serverName)
    {
        var name = serverName.TrimEnd('.').ToLowerInvariant();
        var isName = name.Length is > 0 and <= NameLengthMax && !name.AsSpan().ContainsAnyExcept(NameCharacters);
        string? problem = null;
        if (isName)
        {
            var exact = await LookUpAsync(name);
            if (exact.Certificate is not null) return exact;
            problem = exact.Problem;
            if (WildcardOf(name) is { } wildcard)
            {
                var wide = await LookUpAsync(wildcard);
                if (wide.Certificate is not null) return wide;
                problem ??= wide.Problem;
            }
        }

        if (_rules.Default.Length == 0) return new CertificateChoice(null, problem);
        var byDefault = await LookUpAsync(_rules.Default);
        return byDefault with { Problem = problem ?? byDefault.Problem };
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
        return new CertificateChoice(reading.Certificate, reading.Problem);
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
        // Another request may have read it since the check above.
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
            reading = before with { Content = "", Problem = ProblemOf(entry, e.Message) };
        }
        catch (CertificatesUnavailableException e)
        {
            reading = before with { Problem = e.Message, Stamp = stamp, FreshUntil = Now + Milliseconds(RetryAfter) };
            entry.Latest = reading;
            return reading;
        }

        var age = stamp.Version == ICertificateStore.Unversioned ? Now + Milliseconds(ReadAgainAfter) : long.MaxValue;
        reading = reading with { Stamp = stamp, FreshUntil = age };
        Keep(entry, before, reading);
        return reading;
    }

    // An unchanged certificate keeps its context, and with it the session tickets that were issued.
    private CachedCertificate Judge(CachedCertificate before, CertificatePem? pem)
    {
        if (pem is null) return before with { Certificate = null, Content = "", Problem = null };
        var content = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{pem.Certificate}\0{pem.Key}")));
        if (content == before.Content && before.Certificate is { IsDisposed: false })
            return before with { Problem = null };
        return before with
        {
            Certificate = ServerCertificate.Load(pem, _rules.Preset, _hello),
            Content = content,
            Problem = null,
        };
    }

    private void Complain(CertificateEntry entry, string reason)
    {
        if (entry.Complaint == reason) return;
        entry.Complaint = reason;
        var remark = entry.Latest?.Certificate is null ? "" : "; keeping the previous one";
        _report(ProblemOf(entry, reason) + remark);
    }

    private static string ProblemOf(CertificateEntry entry, string reason) =>
        $"certificate \"{entry.Name}\" is unusable: {reason}";

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

    /// <summary>Checks whether a certificate in memory is about to expire; every hour.</summary>
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

/// <summary>The certificate for a client, or why there is none.</summary>
internal readonly record struct CertificateChoice(ServerCertificate? Certificate, string? Problem);
