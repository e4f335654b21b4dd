using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Program;

/// <summary>
/// Goal: rotation loses no line. Method: the packaged file, with the paths of the test, and the real logrotate, while
/// clients go on asking; afterwards all lines are counted.
/// </summary>
public sealed class LogRotationTests
{
    private const int Clients = 4;
    private const int Rotations = 2;
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private const string PackagedLog = "/var/log/planb/access.log";
    private const string PackagedSignal = "systemctl kill --signal=HUP --kill-who=main planb.service";

    private DirectoryInfo _folder = null!;

    private string LogPath => Path.Combine(_folder.FullName, "access.log");

    [SetUp]
    public void NewFolder() => _folder = Directory.CreateTempSubdirectory("planb-rotation-");

    [TearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task RotationUnderLoad_LosesNoLine([Values] bool isSignalled)
    {
        using var backend = new ScriptedBackend();
        _ = AnswerAsync(backend);
        await using var planb = await StartAsync(backend);
        var port = (await planb.ListeningAsync()).Port;
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, Clients).Select(_ => AskAsync(port, stop.Token)).ToArray();

        for (var rotation = 0; rotation < Rotations; rotation++)
        {
            Assert.That(() => new FileInfo(LogPath) is { Exists: true, Length: > 0 }, Is.True.After(10_000, 10));
            await RotateAsync(isSignalled ? $"kill -HUP {planb.Id}" : "true");
        }

        Assert.That(() => new FileInfo(LogPath) is { Exists: true, Length: > 0 }, Is.True.After(10_000, 10));
        await stop.CancelAsync();
        var asked = (await Task.WhenAll(asking)).Sum();
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        var lines = await Shell.RunAsync($"zcat -f {LogPath}* | grep -c 'GET /x HTTP/1.1\" 200'");
        Assert.That(int.Parse(lines), Is.EqualTo(asked));
        Assert.That(_folder.GetFiles("access.log*"), Has.Length.EqualTo(Rotations + 1));
    }

    private async Task<PlanbProcess> StartAsync(ScriptedBackend backend)
    {
        var routes = Path.Combine(_folder.FullName, "routes");
        await File.WriteAllTextAsync(routes, $"rpush frontend:a.com app {backend.Url}\n");
        return PlanbProcess.Start("--listen", "127.0.0.1:0", "--routes", routes, "--access-log", LogPath);
    }

    private async Task RotateAsync(string signal)
    {
        var packaged = Repository.Read("packaging/logrotate/planb");
        Assert.That(packaged, Does.Contain(PackagedLog).And.Contain(PackagedSignal));
        var (file, state) = (Path.Combine(_folder.FullName, "rotate"), Path.Combine(_folder.FullName, "state"));
        await File.WriteAllTextAsync(
            file, packaged.Replace(PackagedLog, LogPath).Replace(PackagedSignal, signal));
        await Shell.RunAsync($"chmod 644 {file} && PATH=$PATH:/usr/sbin logrotate --force --state {state} {file}");
    }

    private static async Task<int> AskAsync(int port, CancellationToken stop)
    {
        using var client = await Peer.ConnectAsync(port);
        var asked = 0;
        for (; !stop.IsCancellationRequested; asked++)
        {
            await client.SendAsync("GET /x HTTP/1.1\r\nHost: a.com\r\n\r\n");
            Assert.That(await client.ReadHeadAsync(), Does.StartWith("HTTP/1.1 200 "));
        }

        return asked;
    }

    private static async Task AnswerAsync(ScriptedBackend backend)
    {
        for (var i = 0; i < Clients; i++) _ = AnswerAsync(await backend.AcceptAsync());
    }

    private static async Task AnswerAsync(Peer peer)
    {
        while (true)
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Answer);
        }
    }
}
