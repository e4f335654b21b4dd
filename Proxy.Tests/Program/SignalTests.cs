using NUnit.Framework;
using Proxy.Tests.Conversations;

namespace Proxy.Tests.Program;

/// <summary>What signals do to the running program.</summary>
public sealed class SignalTests
{
    [Test]
    public async Task Hup_ReopensTheRenamedLog_AndTermEndsItInOrder()
    {
        var folder = Directory.CreateTempSubdirectory("planb-signals");
        try
        {
            using var backend = new AnsweringBackend(200);
            var routes = Path.Combine(folder.FullName, "routes");
            var log = Path.Combine(folder.FullName, "access.log");
            await File.WriteAllTextAsync(routes, $"rpush frontend:a.com app {backend.Url}\n");
            await using var planb = PlanbProcess.Start(
                "--listen", "127.0.0.1:0", "--routes", routes, "--access-log", log);
            var address = await planb.ListeningAsync();

            await AskAsync(address.Port, "/before");
            Assert.That(() => File.ReadAllText(log), Does.Contain("GET /before").After(5000, 20));
            File.Move(log, log + ".1");
            await planb.SignalAsync("HUP");
            Assert.That(() => File.Exists(log), Is.True.After(5000, 20));
            await AskAsync(address.Port, "/after");
            await planb.SignalAsync("TERM");

            Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
            Assert.That(await File.ReadAllTextAsync(log), Does.Contain("GET /after").And.Not.Contain("/before"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AskAsync(int port, string path)
    {
        using var client = await Peer.ConnectAsync(port);
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n");
        Assert.That(await client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 200 "));
    }
}
