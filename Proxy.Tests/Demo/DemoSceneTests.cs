using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Host.Demo;

namespace Proxy.Tests.Demo;

/// <summary>Everything of the demo but the proxy: what stands while it runs, and that nothing stays.</summary>
public sealed class DemoSceneTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Test]
    public async Task WhileItRuns_TheRouteLeadsToThreeBackends_AndAfterwardsNothingIsLeft()
    {
        using var output = new StringWriter();
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource<Settings>();
        var scene = new DemoScene(new IPEndPoint(IPAddress.Loopback, 0), output, StartAsync);

        var running = scene.RunAsync(stop.Token);
        var settings = await started.Task.WaitAsync(Limit);
        var redis = (IPEndPoint)settings.ReadRedis.Address;
        var list = await RedisCliAsync(redis, "lrange frontend:app.demo.test 0 -1");
        var answers = await AskAllAsync(list.Skip(1));
        await stop.CancelAsync();
        await running.WaitAsync(Limit);

        Assert.Multiple(() =>
        {
            Assert.That(list, Has.Length.EqualTo(4));
            Assert.That(list[0], Is.EqualTo("demo"));
            Assert.That(answers[0], Does.StartWith("I am backend 1 of 3").And.Contains("GET /where?are=you"));
            Assert.That(answers[1], Does.StartWith("I am backend 2 of 3"));
            Assert.That(answers[2], Does.StartWith("I am backend 3 of 3"));
            Assert.That(output.ToString(), Does.Contain($"redis-cli -p {redis.Port} lrange frontend:app.demo.test"));
            Assert.That(IsListening(redis), Is.False);
            Assert.That(list.Skip(1).Select(url => IsListening(EndPointOf(url))), Is.All.False);
        });

        Task<IAsyncDisposable> StartAsync(Settings chosen)
        {
            started.SetResult(chosen);
            return Task.FromResult<IAsyncDisposable>(new MemoryStream());
        }
    }

    [Test]
    public void TakenPort_IsToldInOneSentence()
    {
        using var taken = LoopbackPort.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var scene = new DemoScene((IPEndPoint)taken.LocalEndPoint!, TextWriter.Null, Unreached);

        Assert.That(
            () => scene.RunAsync(CancellationToken.None),
            Throws.TypeOf<DemoException>().With.Message.StartsWith($"cannot listen on {taken.LocalEndPoint}: "));

        static Task<IAsyncDisposable> Unreached(Settings settings) => throw new InvalidOperationException();
    }

    [TestCase("--listen")]
    [TestCase("--listen", "nonsense")]
    [TestCase("--bogus", "1")]
    public async Task BadUsage_Is2(params string[] arguments) =>
        Assert.That(await DemoCommand.RunAsync(arguments, _ => throw new InvalidOperationException()), Is.EqualTo(2));

    private static async Task<List<string>> AskAllAsync(IEnumerable<string> urls)
    {
        using var http = new HttpClient();
        var answers = new List<string>();
        foreach (var url in urls)
        {
            // Twice on one connection, with a body before: the toy must keep its place in the stream.
            var body = new StreamContent(new MemoryStream(new byte[100_000]));
            using var posted = await http.PostAsync(new Uri(url), body);
            Assert.That(await posted.Content.ReadAsStringAsync(), Does.Contain("body             100000 bytes"));
            answers.Add(await http.GetStringAsync(new Uri(url + "/where?are=you")));
        }

        return answers;
    }

    private static async Task<string[]> RedisCliAsync(IPEndPoint redis, string command)
    {
        using var client = Process.Start(new ProcessStartInfo("redis-cli", $"-p {redis.Port} {command}")
        {
            RedirectStandardOutput = true,
        })!;
        var output = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static IPEndPoint EndPointOf(string url) => IPEndPoint.Parse(url["http://".Length..]);

    private static bool IsListening(IPEndPoint endpoint)
    {
        try
        {
            using var free = LoopbackPort.Bind(endpoint);
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }
}
