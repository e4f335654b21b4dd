using System.Globalization;
using System.Net;

namespace Proxy.Core.Dns;

/// <summary>
/// One look-up of a name as the system would do it: hosts file, <c>localhost</c>, name servers with search domains, and
/// the C library for other names, where nsswitch.conf(5) lists further sources.
/// </summary>
internal sealed class NameLookup(ResolverFiles files, NameSettings settings)
{
    private static readonly TimeSpan FileTimeToLive = NameResolver.TimeToLiveMax;    // A change is noticed anyway.
    private readonly SystemResolver _system = new();
    private readonly string _machine = System.Net.Dns.GetHostName();
    private DnsQueries? _queries;

    /// <summary>Looks up a name; fails with a result, never with an exception.</summary>
    /// <param name="name">A valid host name.</param>
    /// <param name="cancel">Ends the look-up without an answer.</param>
    public async Task<LookupResult> RunAsync(string name, CancellationToken cancel)
    {
        var now = files.Current;
        if (now.Switch == NameSwitch.Other) return await _system.ResolveAsync(name, cancel);
        if (now.Hosts.Find(name) is { Length: > 0 } listed) return LookupResult.Found(listed, FileTimeToLive);
        if (IsLocal(name))
            return LookupResult.Found([IPAddress.Loopback, IPAddress.IPv6Loopback], FileTimeToLive);

        var hasMore = now.Switch == NameSwitch.FilesDnsAndMore;
        if (hasMore && IsForOthers(name.TrimEnd('.'))) return await _system.ResolveAsync(name, cancel);
        var result = await QueryServersAsync(name, now.Options, cancel);
        return hasMore && result.Outcome == NameOutcome.NoSuchName ? await _system.ResolveAsync(name, cancel) : result;
    }

    /// <summary>Returns which servers did not answer, and within which time.</summary>
    public string NoAnswerAfter(TimeSpan time)
    {
        var servers = string.Join(", ", files.Current.Options.Servers);
        var seconds = time.TotalSeconds.ToString(time.TotalSeconds < 1 ? "0.#" : "0", CultureInfo.InvariantCulture);
        return $"no answer from the resolver within {seconds} s ({servers})";
    }

    // Name servers are not queried for names of multicast DNS (RFC 6762 §3) and those that systemd synthesizes.
    private bool IsForOthers(string name) =>
        name.EndsWith(".local", StringComparison.OrdinalIgnoreCase)
        || name.Equals(_machine, StringComparison.OrdinalIgnoreCase)
        || name is "_gateway" or "_outbound";

    // localhost and the names below it are this machine (RFC 6761 §6.3).
    private static bool IsLocal(string name)
    {
        var bare = name.TrimEnd('.');
        return bare.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || bare.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }

    // A search domain whose name server fails does not hide the others, but its name may exist.
    private async Task<LookupResult> QueryServersAsync(string name, ResolverOptions options, CancellationToken cancel)
    {
        var queries = _queries;
        if (queries is null || queries.Options != options) _queries = queries = new DnsQueries(options, settings.Port);
        LookupResult? failed = null;
        LookupResult? denied = null;
        foreach (var full in options.NamesFor(name).Where(HostName.IsValid))
        {
            var result = await queries.QueryAsync(full, cancel);
            if (result.Outcome is NameOutcome.Found or NameOutcome.NoAnswer) return result;
            if (result.Outcome == NameOutcome.NoSuchName) denied = result;
            else failed = result;
        }

        return failed ?? denied ?? LookupResult.NoSuchName("no such name", TimeSpan.Zero);
    }
}
