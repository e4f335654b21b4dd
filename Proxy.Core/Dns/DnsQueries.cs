using System.Diagnostics;
using System.Net.Sockets;
using DnsClient;

namespace Proxy.Core.Dns;

/// <summary>Queries the name servers for the addresses of one full name, for both families at once.</summary>
/// <param name="options">The name servers and how they are queried.</param>
/// <param name="port">Their port.</param>
internal sealed class DnsQueries(ResolverOptions options, int port)
{
    /// <summary>How long usable addresses of one family wait for the other one (RFC 8305 §3).</summary>
    public static readonly TimeSpan OtherFamilyWait = TimeSpan.FromMilliseconds(50);

    /// <summary>The most aliases that are followed when a name server leaves that to its clients.</summary>
    public const int AliasesMax = 8;

    /// <summary>How often a name server is queried within one try while it sends invalid responses.</summary>
    public const int InvalidAnswersMax = 8;

    private const int PlainBytesMax = 512;
    private const int EdnsBytesMax = 1232;

    private readonly NameServer[] _servers = [.. options.Servers.Select(server => new NameServer(server, port))];
    private readonly LookupClient _client = new(new LookupClientOptions
    {
        AutoResolveNameServers = false,
        UseCache = false,
        Retries = 0,
        Timeout = options.TryTime,
        ThrowDnsErrors = false,
        ContinueOnDnsError = false,
        ContinueOnEmptyResponse = false,
        UseRandomNameServer = false,
        UseTcpOnly = options.UsesTcp,
        ExtendedDnsBufferSize = options.UsesEdns ? EdnsBytesMax : PlainBytesMax,
    });

    private int _turn = -1;

    /// <summary>The options of these queries.</summary>
    public ResolverOptions Options => options;

    /// <summary>Queries a name with a final dot. Fails with a result, never with an exception.</summary>
    public async Task<LookupResult> QueryAsync(string name, CancellationToken cancel)
    {
        var turn = options.IsRotating ? Interlocked.Increment(ref _turn) : 0;
        if (options.IsWithoutIPv6 || !Socket.OSSupportsIPv6)
        {
            var alone = await QueryAsync(name, QueryType.A, turn, cancel);
            return new LookupResult(alone.Outcome, alone.Addresses, alone.TimeToLive, alone.Reason);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var v4 = QueryAsync(name, QueryType.A, turn, over.Token);
        var v6 = QueryAsync(name, QueryType.AAAA, turn, over.Token);
        var first = await Task.WhenAny(v4, v6);
        var other = first == v4 ? v6 : v4;
        var answer = await first;
        if (answer.Outcome == NameOutcome.Found || (answer.IsNameError && first == v4))
            await Task.WhenAny(other, Task.Delay(OtherFamilyWait, over.Token));
        else await other;
        var result = Both(Of(v4), Of(v6));
        await over.CancelAsync();
        return result;
    }

    private static FamilyAnswer Of(Task<FamilyAnswer> query) =>
        query.IsCompletedSuccessfully ? query.Result : FamilyAnswer.None(NameOutcome.NoAnswer, "");

    private static LookupResult Both(FamilyAnswer v4, FamilyAnswer v6)
    {
        var found = new[] { v6, v4 }.Where(answer => answer.Outcome == NameOutcome.Found).ToArray();
        if (found.Length > 0)
        {
            var addresses = found.SelectMany(answer => answer.Addresses).ToArray();
            return LookupResult.Found(addresses, found.Min(answer => answer.TimeToLive)) with
            {
                Missing = IsUnknown(v4) ? AddressFamily.InterNetwork
                    : IsUnknown(v6) ? AddressFamily.InterNetworkV6
                    : AddressFamily.Unspecified,
            };
        }

        // Some name servers deny a name when its AAAA is requested: the answer to A counts.
        if (v4.IsNameError) return LookupResult.NoSuchName("no such name", v4.TimeToLive);
        var unknown = IsUnknown(v4) ? v4 : IsUnknown(v6) ? v6 : null;
        if (unknown is not null) return LookupResult.Of(unknown.Outcome, unknown.Reason);
        return LookupResult.NoSuchName(
            v6.IsNameError ? "no such name" : "the name has no address",
            v4.TimeToLive < v6.TimeToLive ? v4.TimeToLive : v6.TimeToLive);
    }

    private static bool IsUnknown(FamilyAnswer answer) => answer.Outcome is NameOutcome.NoAnswer or NameOutcome.Failed;

    private async Task<FamilyAnswer> QueryAsync(string name, QueryType type, int turn, CancellationToken cancel)
    {
        var answer = await QueryServersAsync(name, type, turn, cancel);
        for (var aliases = 0; answer.Alias is { } alias && aliases < AliasesMax; aliases++)
            answer = await QueryServersAsync(alias, type, turn, cancel);
        return answer;
    }

    // When a name server fails or does not answer in time, the next one is queried.
    private async Task<FamilyAnswer> QueryServersAsync(string name, QueryType type, int turn, CancellationToken cancel)
    {
        var question = new DnsQuestion(name, type);
        FamilyAnswer? failed = null;
        for (var attempt = 0; attempt < options.Attempts; attempt++)
        {
            for (var i = 0; i < _servers.Length && !cancel.IsCancellationRequested; i++)
            {
                var server = _servers[(int)((uint)(turn + i) % _servers.Length)];
                var answer = await QueryServerAsync(server, question, cancel);
                if (answer?.Outcome is NameOutcome.Found or NameOutcome.NoSuchName) return answer;
                failed = answer ?? failed;
            }
        }

        return failed ?? FamilyAnswer.None(NameOutcome.NoAnswer, "");
    }

    // A response to another question may be stray or forged: it does not end the wait for the answer (RFC 5452 §9). The
    // library stops receiving then, so the question is sent again.
    private async Task<FamilyAnswer?> QueryServerAsync(
        NameServer server, DnsQuestion question, CancellationToken cancel)
    {
        var since = Stopwatch.GetTimestamp();
        for (var invalid = 0; invalid < InvalidAnswersMax; invalid++)
        {
            if (await QueryOnceAsync(server, question, cancel) is { } answer) return answer;
            if (cancel.IsCancellationRequested || Stopwatch.GetElapsedTime(since) >= options.TryTime) return null;
        }

        return FamilyAnswer.None(NameOutcome.Failed, $"the name server {server.Address} sends invalid responses");
    }

    // Null when there was no answer. The library lets the exceptions of its sockets and its parser pass.
    private async Task<FamilyAnswer?> QueryOnceAsync(NameServer server, DnsQuestion question, CancellationToken cancel)
    {
        try
        {
            var response = await _client.QueryServerAsync([server], question, cancel);
            var answer = FamilyAnswer.Of(response, question);
            return answer?.Outcome is NameOutcome.Failed
                ? answer with { Reason = $"the name server {server.Address} answers {answer.Reason}" }
                : answer;
        }
        catch (Exception e) when (e.GetBaseException() is SocketException problem)
        {
            return FamilyAnswer.None(
                NameOutcome.Failed, $"cannot ask the name server {server.Address}: {problem.Message}");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }
}
