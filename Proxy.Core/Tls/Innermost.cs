namespace Proxy.Core.Tls;

/// <summary>What really happened, below the layers that only say that something did.</summary>
internal static class Innermost
{
    // GetBaseException would end at what an AggregateException holds.
    public static string MessageOf(Exception problem) =>
        problem.InnerException is { } inner ? MessageOf(inner) : problem.Message;
}
