using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>Sessions are resumed with more certificates than .NET keeps contexts for: counted by openssl.</summary>
public sealed class ResumptionTests
{
    private const int AtOnce = 4;

    [TestCase(40, "-tls1_2")]
    [TestCase(40, "-tls1_3")]
    [TestCase(200, "-tls1_3", Explicit = true, Category = "Large")]
    public async Task CertificatesVisitedInTurn_ResumeTheirSessions(int count, string version)
    {
        using var authority = new TestAuthority();
        var store = new FixedCertificates();
        for (var i = 0; i < count; i++) store.Set($"h{i}.com", authority.Issue($"h{i}.com"));
        using var certificates = store.ToCache(max: count);
        await using var proxy = new ProxyUnderTest(Engine.Native);
        var port = proxy.ListenTls(certificates);
        var sessions = Directory.CreateTempSubdirectory("planb-sessions-");
        try
        {
            var fresh = await VisitAllAsync("-sess_out", "New, TLSv1");
            Assert.That(fresh, Is.EqualTo(count));
            Assert.That(await VisitAllAsync("-sess_in", "Reused, TLSv1"), Is.EqualTo(count));
        }
        finally
        {
            sessions.Delete(recursive: true);
        }

        async Task<int> VisitAllAsync(string option, string expected)
        {
            var found = 0;
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
            {
                var file = Path.Combine(sessions.FullName, $"{i}");
                var said = await OpenSslClient.RunAsync(port, $"h{i}.com", version, option, file);
                if (said.Contains(expected, StringComparison.Ordinal)) Interlocked.Increment(ref found);
            });
            return found;
        }
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task ReplacedCertificate_IsNotResumed(string version)
    {
        using var authority = new TestAuthority();
        var store = new FixedCertificates();
        store.Set("a.com", authority.Issue("a.com"));
        using var certificates = store.ToCache();
        await using var proxy = new ProxyUnderTest(Engine.Native);
        var port = proxy.ListenTls(certificates);
        var session = Path.GetTempFileName();
        await OpenSslClient.RunAsync(port, "a.com", version, "-sess_out", session);
        store.Set("a.com", authority.Issue("a.com"));
        certificates.Changed("a.com");
        Assert.That(
            await OpenSslClient.RunAsync(port, "a.com", version, "-sess_in", session), Does.Contain("New, TLSv1"));
        File.Delete(session);
    }
}
