namespace Proxy.Tests.Fixtures.Dns;

/// <summary>How a <see cref="FakeDnsServer"/> answers.</summary>
/// <param name="ResponseCode">RFC 1035 §4.1.1: 0 is no error, 2 a failure of the server, 3 no such name.</param>
internal sealed record DnsReply(int ResponseCode = 0)
{
    /// <summary>It does not answer at all.</summary>
    public static DnsReply Silence { get; } = new() { IsSilent = true };

    /// <summary>SERVFAIL.</summary>
    public static DnsReply ServerFailure { get; } = new(2);

    /// <summary>NXDOMAIN.</summary>
    public static DnsReply NoSuchName { get; } = new(3);

    public IReadOnlyList<DnsRecord> Records { get; init; } = [];

    public bool IsSilent { get; init; }

    /// <summary>By UDP only the question comes back, and that there is more.</summary>
    public bool IsTruncated { get; init; }

    public TimeSpan Delay { get; init; }
}

/// <summary>A record of an answer.</summary>
internal sealed record DnsRecord(string Name, int Type, int TimeToLive, byte[] Data);
