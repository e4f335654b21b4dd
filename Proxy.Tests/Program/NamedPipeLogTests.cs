using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;

namespace Proxy.Tests.Program;

/// <summary>An access log that is a named pipe: its readers come and go, and nobody waits for one.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NamedPipeLogTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-pipe-").FullName;

    private string PipePath => Path.Combine(_folder, "pipe");

    [SetUp]
    public Task NewPipe() => Shell.RunAsync($"mkfifo {PipePath}");

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task NoReader_HoldsUpNeitherStartNorStop()
    {
        await using var planb = await StartAsync();
        await AskAsync((await planb.ListeningAsync()).Port, "/lost");
        await planb.ErrorLineAsync($"cannot write access log {PipePath}: the pipe has no reader");
        await planb.SignalAsync("HUP");
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        Assert.That(planb.Errors, Does.Contain("1 lines were dropped"));
    }

    [Test]
    public async Task ReadersThatComeAndGo_GetTheLinesThatWait()
    {
        await using var planb = await StartAsync();
        var port = (await planb.ListeningAsync()).Port;
        await AskAsync(port, "/first");
        await planb.ErrorLineAsync("the pipe has no reader");
        Assert.That(await ReadLineAsync(), Does.Contain("GET /first HTTP/1.1"));
        await AskAsync(port, "/second");
        await planb.ErrorLineAsync($"cannot write access log {PipePath}: Broken pipe");
        Assert.That(await ReadLineAsync(), Does.Contain("GET /second HTTP/1.1"));
    }

    private async Task<PlanbProcess> StartAsync()
    {
        var routes = Path.Combine(_folder, "routes");
        await File.WriteAllTextAsync(routes, "rpush frontend:a.com app http://127.0.0.1:1\n");
        return PlanbProcess.Start("--listen", "127.0.0.1:0", "--routes", routes, "--access-log", PipePath);
    }

    private async Task<string?> ReadLineAsync()
    {
        using var reader = await Task.Run(() => new StreamReader(PipePath)).WaitAsync(TimeSpan.FromSeconds(20));
        return await reader.ReadLineAsync();
    }

    private static async Task AskAsync(int port, string path)
    {
        var request = $"GET {path} HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n";
        Assert.That(await Peer.AskAsync(port, request), Does.StartWith("HTTP/1.1 503 "));
    }
}
