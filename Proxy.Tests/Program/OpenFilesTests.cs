using System.Globalization;
using NUnit.Framework;
using Proxy.Host.Demo;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Program;

/// <summary>What the program does when it may not open more files.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OpenFilesTests
{
    // The runtime and the just-in-time compiler of the program that is built with the tests need files themselves.
    private const string NeedsPublished = "only the published program gets by with so few files";

    private readonly string _folder = Directory.CreateTempSubdirectory("planb-files-").FullName;

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task SoftLimit_IsRaisedToTheHardOne()
    {
        await using var planb = PlanbProcess.StartLimited("-Sn 64", "--listen", "127.0.0.1:0", "--routes", Routes(""));
        await planb.ListeningAsync();
        var limits = await File.ReadAllLinesAsync($"/proc/{planb.Id}/limits");
        var words = limits.Single(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(words[3], Is.EqualTo(words[4]).And.Not.EqualTo("64"));
    }

    [TestCase("native")]
    [TestCase("sockets")]
    public async Task FewFiles_MakeClientsWait_AndAllAreServed(string engine)
    {
        Assume.That(PlanbProcess.IsPublished, NeedsPublished);
        const int Files = 64;
        await using var backend = DemoBackend.Start(1, 1, 0);
        await using var planb = PlanbProcess.StartLimited(
            $"-n {Files}", "--listen", "127.0.0.1:0", "--routes", Routes(backend.Url), "--access-log", "none",
            "--engine", engine, "--threads", "1");
        var clients = await AskAsync((await planb.ListeningAsync()).Port, 2 * Files);
        await Eventually.IsTrue(() => clients.Exists(HasAnswer), "some are served");
        await AssertRestsAsync(planb);

        // Those that have their answer leave, so that the others get theirs.
        while (clients.Count > 0)
        {
            await Eventually.IsTrue(() => clients.Exists(HasAnswer), "one more is served");
            using var next = clients.Find(HasAnswer)!;
            Assert.That(await next.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200"), planb.Errors);
            clients.Remove(next);
        }

        Assert.That(planb.Errors, Does.Not.Contain("ERROR"));
    }

    [TestCase("native")]
    [TestCase("sockets")]
    public async Task NoFileLeft_IsToldOnceAndKillsNeitherBackendsNorTheProxy(string engine)
    {
        await using var backend = DemoBackend.Start(1, 1, 0);

        Assume.That(PlanbProcess.IsPublished, NeedsPublished);
        await using var planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--routes", Routes(backend.Url), "--access-log", "none",
            "--engine", engine, "--threads", "1");
        var port = (await planb.ListeningAsync()).Port;
        await AssertServesAsync(port);
        var open = Directory.GetFileSystemEntries($"/proc/{planb.Id}/fd").Length;
        await Shell.RunAsync($"prlimit --pid {planb.Id} --nofile={open + 5}");

        var clients = await AskAsync(port, 50);
        await planb.ErrorLineAsync("cannot accept clients: Too many open files");
        await AssertRestsAsync(planb);
        clients.ForEach(client => client.Dispose());

        await AssertServesAsync(port);
        Assert.That(planb.Errors.Split("cannot accept"), Has.Length.EqualTo(2), planb.Errors);
        Assert.That(planb.Errors, Does.Not.Contain("*DEAD*"));
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
    }

    private static bool HasAnswer(Peer peer) => peer.Socket.Available > 0;

    private static async Task<List<Peer>> AskAsync(int port, int count)
    {
        var clients = new List<Peer>();
        for (var i = 0; i < count; i++)
        {
            clients.Add(await Peer.ConnectAsync(port));
            await clients[^1].SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n");
        }

        return clients;
    }

    private static Task AssertServesAsync(int port) => Eventually.IsTrue(
        async () =>
        {
            using var client = (await AskAsync(port, 1))[0];
            return (await client.ReadMessageAsync()).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        },
        "it serves");

    // A loop that spins takes all of a second's hundred ticks.
    private static async Task AssertRestsAsync(PlanbProcess planb)
    {
        var before = CpuTicks(planb.Id);
        await Task.Delay(1000);
        Assert.That(CpuTicks(planb.Id) - before, Is.LessThan(60), "it does not spin");
    }

    private string Routes(string backend)
    {
        var path = Path.Combine(_folder, "routes");
        File.WriteAllText(path, backend.Length > 0 ? $"rpush frontend:a.com a {backend}\n" : "");
        return path;
    }

    // utime and stime of /proc/PID/stat, in hundredths of a second.
    private static long CpuTicks(int id) =>
        File.ReadAllText($"/proc/{id}/stat").Split(' ')[13..15].Sum(it => long.Parse(it, CultureInfo.InvariantCulture));
}
