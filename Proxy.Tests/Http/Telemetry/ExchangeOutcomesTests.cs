using System.Globalization;
using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Telemetry;
using Proxy.Http1;
using Proxy.Tests.Fixtures.Readme;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Http.Telemetry;

/// <summary>A failure has one name, in the logs, in metrics and in the documents.</summary>
public sealed class ExchangeOutcomesTests
{
    // Those whose error line has words that change, and those that have no line.
    private static readonly Failure[] WithoutLine =
    [
        Failure.None, Failure.HeadTooLarge, Failure.TargetTooLong, Failure.VersionNotSupported,
        Failure.MethodNotAllowed, Failure.ClientHeadTimeout,
    ];

    private static readonly Dictionary<string, string[]> Table =
        Markdown.TableUnder("docs/operations.md", "## Names of failures").ToDictionary(row => Code(row[0]));

    private static IEnumerable<Failure> Failures => Enum.GetValues<Failure>();

    private static IEnumerable<ExchangeOutcome> Outcomes => Enum.GetValues<ExchangeOutcome>();

    private static IEnumerable<string> Names =>
        from outcome in Outcomes
        where outcome != ExchangeOutcome.Ok
        select NameOf(outcome);

    [TestCaseSource(nameof(Failures))]
    public void Failure_HasAnOutcomeWithAName(Failure failure) =>
        Assert.That(NameOf(ExchangeOutcomes.Of(failure)), Does.Match("^[a-z_]+$"));

    [Test]
    public void Outcome_HasANameOfItsOwn() => Assert.That(Outcomes.Select(NameOf), Is.Unique);

    [Test]
    public void Outcome_IsOfAFailure() => Assert.That(
        Failures.Select(ExchangeOutcomes.Of).Distinct(),
        Is.EquivalentTo(Outcomes.Except(
            [ExchangeOutcome.ClientGoneInResponse, ExchangeOutcome.TimeoutClientInResponse])));

    [Test]
    public void EveryName_IsInTheTableOfFailures() => Assert.That(Table.Keys, Is.EquivalentTo(Names));

    [TestCase("ok")]
    [TestCase("tunnel_cut")]
    [TestCase("timeout_tunnel")]
    public void OutcomeThatIsNoFailure_IsExplainedWithTheLog(string name) =>
        Assert.That(Repository.Read("docs/logging.md"), Does.Contain($"`{name}`"));

    [TestCaseSource(nameof(Failures))]
    public void DocumentedAnswer_IsWhatTheClientGets(Failure failure)
    {
        if (failure is Failure.None or Failure.BackendTruncated || FailureAnswers.IsSilent(failure)) return;
        var answer = FailureAnswers.For(failure, isHipache: false);
        var cell = Table[NameOf(ExchangeOutcomes.Of(failure))][1];
        Assert.That(cell, Does.Contain(answer.Status.ToString(CultureInfo.InvariantCulture)));
        var body = Encoding.ASCII.GetString(answer.Body);
        if (body.Length == 0) Assert.That(cell, Does.EndWith(", empty"));
        else if (!char.IsAsciiDigit(body[0])) Assert.That(cell, Does.EndWith($"`{body}`"));
    }

    [TestCaseSource(nameof(Failures))]
    public void DocumentedText_IsThatOfTheErrorLog(Failure failure)
    {
        if (WithoutLine.Contains(failure) || failure == Failure.RoutesUnavailable) return;
        var words = Code(Table[NameOf(ExchangeOutcomes.Of(failure))][2].Split(';')[0]);
        using var deadlines = new Deadlines(TimeProvider.System);
        var exchange = new Exchange(new Http1Client(null!), new Http1Backends("", false), deadlines, default)
        {
            Failure = failure,
        };

        // The words of the system or the parser follow the text; the document may quote that too.
        var text = ExchangeLog.TextOf(exchange, failure);
        Assert.That(
            text.StartsWith(words, StringComparison.Ordinal) || words.StartsWith(text, StringComparison.Ordinal),
            $"documented as '{words}', written as '{text}'");
    }

    private static string NameOf(ExchangeOutcome outcome) => Encoding.ASCII.GetString(ExchangeOutcomes.NameOf(outcome));

    private static string Code(string cell) => cell.Trim('`');
}
