using System.Globalization;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Program;

/// <summary>Headers of the PROXY protocol as others make them: curl and HAProxy, through the program itself.</summary>
public sealed class ProxySenderTests
{
    private DirectoryInfo _folder = null!;
    private AnsweringBackend _backend = null!;

    [SetUp]
    public void NewFolder()
    {
        _folder = Directory.CreateTempSubdirectory("planb-proxied-");
        _backend = new AnsweringBackend(200);
    }

    [TearDown]
    public void RemoveFolder()
    {
        _backend.Dispose();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Curl_IsServed()
    {
        await using var planb = await StartAsync("127.0.0.1");
        var port = (await planb.ListeningAsync()).Port;
        Assert.That(
            await Shell.RunAsync($"curl -sS --haproxy-protocol -o /dev/null -w '%{{http_code}}' -H 'Host: a.com' " +
                $"http://127.0.0.1:{port}/curl"),
            Is.EqualTo("200"));
        Assert.That(await planb.OutputLineAsync("/curl"), Does.Contain("\"client\":\"127.0.0.1\""));
        await Shell.RunAsync($"! curl -s -H 'Host: a.com' http://127.0.0.1:{port}/without");
        await planb.ErrorLineAsync("PROXY protocol error from 127.0.0.1: ");
    }

    [TestCase("send-proxy")]
    [TestCase("send-proxy-v2")]
    [TestCase("send-proxy-v2 proxy-v2-options unique-id,crc32c")]
    public async Task HAProxy_NamesItsClient(string option)
    {
        if (!File.Exists("/usr/sbin/haproxy")) Assert.Ignore("haproxy is not installed");
        await using var planb = await StartAsync("127.0.0.0/8");
        var port = (await planb.ListeningAsync()).Port;
        using var front = new ReservedPort();
        var file = Path.Combine(_folder.FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"""
            defaults
              mode tcp
              timeout connect 5s
              timeout client 5s
              timeout server 5s
            listen front
              bind 127.0.0.1:{front.Number}
              server planb 127.0.0.1:{port} {option}

            """));
        await Shell.RunAsync($$"""
            /usr/sbin/haproxy -q -db -f {{file}} & haproxy=$!
            trap "kill $haproxy" EXIT
            curl -sS --retry 50 --retry-connrefused --retry-delay 0 --interface 127.0.0.77 -H 'Host: a.com' \
              -o /dev/null http://127.0.0.1:{{front.Number}}/haproxy
            """);
        Assert.That(await planb.OutputLineAsync("/haproxy"), Does.Contain("\"client\":\"127.0.0.77\""));
    }

    private async Task<PlanbProcess> StartAsync(string trusted)
    {
        var routes = Path.Combine(_folder.FullName, "routes");
        await File.WriteAllTextAsync(routes, $"rpush frontend:a.com app {_backend.Url}\n");
        return PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--routes", routes, "--access-log", "stdout", "--access-log-format", "json",
            "--proxy-protocol", "on", "--trusted-proxies", trusted);
    }
}
