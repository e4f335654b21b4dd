namespace Proxy.Core.Dns;

/// <summary>A connection cannot be made because the name of the host has no known address.</summary>
public sealed class NameUnresolvedException : IOException
{
    /// <param name="host">The name.</param>
    /// <param name="reason">Why it has no address.</param>
    public NameUnresolvedException(string host, string reason)
        : base(TextOf(host, reason))
    {
    }

    /// <summary>Returns the text that every log line about an unresolved name uses.</summary>
    public static string TextOf(string host, string reason) => $"cannot resolve {host}: {reason}";
}
