using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Proxy.Core.Dns;

/// <summary>The answer of the name servers about the addresses of one family.</summary>
/// <param name="Outcome">How they answered.</param>
/// <param name="Addresses">Empty unless found.</param>
/// <param name="TimeToLive">How long the answer may be used.</param>
/// <param name="Reason">What was wrong, unless it is obvious.</param>
internal sealed record FamilyAnswer(
    NameOutcome Outcome, IPAddress[] Addresses, TimeSpan TimeToLive, string Reason = "")
{
    private static readonly TimeSpan Unlimited = TimeSpan.FromSeconds(uint.MaxValue);

    /// <summary>The name does not exist in any family.</summary>
    public bool IsNameError { get; private init; }

    /// <summary>The alias whose address the answer lacks; null if there is none.</summary>
    public string? Alias { get; private init; }

    public static FamilyAnswer None(NameOutcome outcome, string reason) => new(outcome, [], TimeSpan.Zero, reason);

    /// <summary>Reads a response to a question; null if it is the response to another one.</summary>
    public static FamilyAnswer? Of(IDnsQueryResponse response, DnsQuestion question)
    {
        if (response.Questions is [var query, ..] && !IsSame(query, question)) return null;
        return response.Header.ResponseCode switch
        {
            DnsHeaderResponseCode.NoError => OfRecords(response, question),
            DnsHeaderResponseCode.NotExistentDomain => Negative(response) with { IsNameError = true },
            var code => None(NameOutcome.Failed, Text(code)),
        };
    }

    // Records follow the aliases that lead from the requested name (RFC 1034 §3.6.2); others are ignored.
    private static FamilyAnswer OfRecords(IDnsQueryResponse response, DnsQuestion question)
    {
        var owner = question.QueryName;
        var timeToLive = Unlimited;
        for (var steps = response.Answers.Count; steps > 0; steps--)
        {
            var alias = response.Answers.OfType<CNameRecord>().FirstOrDefault(a => IsSame(a.DomainName, owner));
            if (alias is null) break;
            owner = alias.CanonicalName;
            timeToLive = Shorter(timeToLive, alias);
        }

        var records = response.Answers.OfType<AddressRecord>()
            .Where(record => (int)record.RecordType == (int)question.QuestionType && IsSame(record.DomainName, owner))
            .ToArray();
        if (records.Length == 0)
            return Negative(response) with { Alias = IsSame(owner, question.QueryName) ? null : owner.Value };
        return new FamilyAnswer(
            NameOutcome.Found,
            Array.ConvertAll(records, record => record.Address),
            records.Aggregate(timeToLive, Shorter));
    }

    // RFC 2308 §5: the lower of the SOA record's own time to live and its minimum for negative answers.
    private static FamilyAnswer Negative(IDnsQueryResponse response)
    {
        var authority = response.Authorities.OfType<SoaRecord>().FirstOrDefault();
        var seconds = authority is null ? 0 : Math.Min((long)authority.Minimum, authority.InitialTimeToLive);
        return new FamilyAnswer(NameOutcome.NoSuchName, [], TimeSpan.FromSeconds(seconds));
    }

    private static TimeSpan Shorter(TimeSpan time, DnsResourceRecord record)
    {
        var own = TimeSpan.FromSeconds(record.InitialTimeToLive);
        return own < time ? own : time;
    }

    private static string Text(DnsHeaderResponseCode code) => code switch
    {
        DnsHeaderResponseCode.ServerFailure => "SERVFAIL",
        DnsHeaderResponseCode.FormatError => "FORMERR",
        DnsHeaderResponseCode.NotImplemented => "NOTIMP",
        DnsHeaderResponseCode.Refused => "REFUSED",
        _ => $"response code {(int)code}",
    };

    private static bool IsSame(DnsQuestion one, DnsQuestion other) =>
        one.QuestionType == other.QuestionType && IsSame(one.QueryName, other.QueryName);

    private static bool IsSame(DnsString one, DnsString other) =>
        string.Equals(one.Value, other.Value, StringComparison.OrdinalIgnoreCase);
}
