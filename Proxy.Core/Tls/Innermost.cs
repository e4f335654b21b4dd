namespace Proxy.Core.Tls;

/// <summary>What really happened, below the layers that only say that something did.</summary>
internal static class Innermost
{
    public static string MessageOf(Exception problem) => problem.GetBaseException().Message;
}
