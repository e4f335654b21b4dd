using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Telemetry;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>
/// Whether a session was resumed, as the running program logs and counts it, compared with what real clients report.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class ResumedSessionTests(Engine engine)
{
    private const string ListeningForPages = "Serving metrics on ";
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-resumed-").FullName;
    private PlanbProcess _planb = null!;
    private int _port;
    private int _asked;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        using var authority = new TestAuthority();
        foreach (var name in (string[])["a.com", "b.com"])
        {
            var pem = authority.Issue(name);
            File.WriteAllText(Path.Combine(_folder, name + ".crt"), pem.Certificate);
            File.WriteAllText(Path.Combine(_folder, name + ".key"), pem.Key);
        }

        _planb = PlanbProcess.Start(
            "--engine", engine == Engine.Native ? "native" : "sockets", "--routes", "/dev/null",
            "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--load-certificates-from", _folder,
            "--tls-preset", "old", "--metrics-address", "127.0.0.1:0",
            "--access-log", "stdout", "--access-log-format", "json");
        _port = (await _planb.ListeningAsync(isTls: true)).Port;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _planb.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("1.2", "-tls1_2")]
    [TestCase("1.3", "-tls1_3")]
    [TestCase("older", "-tls1_1 -cipher ALL:@SECLEVEL=0")]
    [TestCase("1.2", "-tls1_2 -no_ticket")]
    [TestCase("1.3", "-tls1_3 -no_ticket")]
    [TestCase("1.2", "-tls1_2 -maxfraglen 512")]
    [TestCase("1.3", "-tls1_3 -maxfraglen 512")]
    public async Task SecondConnection_IsResumed(string version, string options)
    {
        var session = SessionFile();
        var (whole, resumed) = (await CountAsync(version, false), await CountAsync(version, true));
        Assert.That(await AskAsync("a.com", $"{options} -sess_out {session}"), Is.EqualTo(("New", false)));
        Assert.That(await AskAsync("a.com", $"{options} -sess_in {session}"), Is.EqualTo(("Reused", true)));
        Assert.That(await CountAsync(version, false), Is.EqualTo(whole + 1));
        Assert.That(await CountAsync(version, true), Is.EqualTo(resumed + 1));
    }

    [Test]
    public async Task HelloThatHasToBeRepeated_IsJudgedByTheAnswerToTheSecond()
    {
        const string retried = "-tls1_3 -groups P-521:P-256 -msg";
        var session = SessionFile();
        Assert.That(await AskAsync("a.com", $"{retried} -sess_out {session}", hellos: 2), Is.EqualTo(("New", false)));
        Assert.That(await AskAsync("a.com", $"{retried} -sess_in {session}", hellos: 2), Is.EqualTo(("Reused", true)));
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task SessionThatIsOfferedAndRefused_IsNotResumed(string version)
    {
        var session = SessionFile();
        await AskAsync("a.com", $"{version} -sess_out {session}");
        Assert.That(await AskAsync("b.com", $"{version} -sess_in {session}"), Is.EqualTo(("New", false)));
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task SslStream_ResumesAsWell(SslProtocols protocol)
    {
        foreach (var isResumed in (bool[])[false, true])
        {
            using var client = await TlsPeer.ConnectAsync(_port, "a.com", protocol);
            var path = NewPath();
            await client.SendAsync(RequestFor("a.com", path));
            await client.ReadToEndAsync();
            Assert.That(await IsResumedAsync(path), Is.EqualTo(isResumed));
        }
    }

    [Test]
    public async Task WithoutTls_NothingIsResumed()
    {
        var path = NewPath();
        using var client = await Peer.ConnectAsync((await _planb.ListeningAsync()).Port);
        await client.SendAsync(RequestFor("a.com", path));
        await client.ReadToEndAsync();
        Assert.That(await IsResumedAsync(path), Is.False);
    }

    private static string RequestFor(string host, string path) =>
        $"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";

    private string NewPath() => $"/{Interlocked.Increment(ref _asked)}.";

    private string SessionFile() => Path.Combine(_folder, Path.GetRandomFileName());

    // What openssl reports about the session, and what is logged.
    private async Task<(string Client, bool Log)> AskAsync(string host, string options, int? hellos = null)
    {
        var path = NewPath();
        var said = await OpenSslClient.AskAsync(_port, host, RequestFor(host, path), options.Split(' '));
        if (hellos is { } count) Assert.That(said.Split("ClientHello").Length - 1, Is.EqualTo(count));
        var word = said.Contains("Reused, TLSv1", StringComparison.Ordinal) ? "Reused"
            : said.Contains("New, TLSv1", StringComparison.Ordinal) ? "New" : said;
        return (word, await IsResumedAsync(path));
    }

    private async Task<bool> IsResumedAsync(string path)
    {
        using var line = JsonDocument.Parse(await _planb.OutputLineAsync($"\"path\":\"{path}\""));
        return line.RootElement.GetProperty("tls_resumed").GetBoolean();
    }

    private async Task<double> CountAsync(string version, bool isResumed)
    {
        var line = await _planb.ErrorLineAsync(ListeningForPages);
        var address = line[(line.IndexOf(ListeningForPages, StringComparison.Ordinal) + ListeningForPages.Length)..];
        using var client = await Peer.ConnectAsync(IPEndPoint.Parse(address.TrimEnd('.')).Port);
        await client.SendAsync(RequestFor("planb", "/metrics"));
        var page = await client.ReadToEndAsync();
        var resumed = isResumed ? "true" : "false";
        var series = $"planb_tls_handshakes_total{{version=\"{version}\",resumed=\"{resumed}\"}}";
        var metrics = PrometheusPage.Parse(page[(page.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        Assert.That(metrics.Series, Does.Contain(series));
        return metrics[series];
    }
}
