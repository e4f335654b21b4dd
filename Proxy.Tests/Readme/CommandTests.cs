using System.Net;
using NUnit.Framework;
using Proxy.Host.Demo;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Readme;

namespace Proxy.Tests.Readme;

/// <summary>
/// Runs the README's commands in their order, as it says them. Only addresses are exchanged for those of a Redis and
/// of backends that are the test's own.
/// </summary>
public sealed class CommandTests
{
    private const string Program = "artifacts/planb ";
    private const string Script = "./build.sh ";

    [Test]
    public async Task ReadmesCommands_Work()
    {
        await using var redis = await DemoRedis.TryStartAsync()
            ?? throw new AssertionException("the tests need redis-server");
        await using var first = DemoBackend.Start(1, 2, 0);
        await using var second = DemoBackend.Start(2, 2, 0);
        var planb = default(PlanbProcess);
        var address = new IPEndPoint(IPAddress.Loopback, 0);
        try
        {
            foreach (var command in Markdown.Commands())
            {
                if (command.StartsWith(Script, StringComparison.Ordinal)) continue;    // BuildScriptTests
                if (command.StartsWith(Program, StringComparison.Ordinal))
                {
                    planb = Start(command, redis.Address.Port);
                    address = await planb.ListeningAsync();
                    continue;
                }

                var output = await Shell.RunAsync(command
                    .Replace("redis-cli", $"redis-cli -p {redis.Address.Port}", StringComparison.Ordinal)
                    .Replace("http://localhost:5000", Named(first.Url), StringComparison.Ordinal)
                    .Replace("http://localhost:5001", Named(second.Url), StringComparison.Ordinal)
                    .Replace("127.0.0.1:8989", address.ToString(), StringComparison.Ordinal));
                AssertAnswer(command, output);
            }
        }
        finally
        {
            if (planb is not null) await planb.DisposeAsync();
        }

        Assert.That(planb, Is.Not.Null);
    }

    private static PlanbProcess Start(string command, int redisPort)
    {
        var typed = command[Program.Length..].TrimEnd('&', ' ').Replace(":8989", ":0", StringComparison.Ordinal);
        return PlanbProcess.Start(
            [.. typed.Split(' '), "--read-redis-port", $"{redisPort}", "--write-redis-port", $"{redisPort}"]);
    }

    private static void AssertAnswer(string command, string output)
    {
        if (command.StartsWith("curl", StringComparison.Ordinal))
        {
            var end = command.Contains("__ping__", StringComparison.Ordinal) ? "OK" : "bytes\n";
            Assert.That(output, Does.EndWith(end));
        }

        if (command.Contains("X-Debug-Router", StringComparison.Ordinal))
            Assert.That(output, Does.Contain("X-Debug-Frontend-Key: www.tsuru.io"));
        if (command.Contains("rpush", StringComparison.Ordinal)) Assert.That(output, Does.Match("^[123]\n$"));
        if (command.Contains("lrange", StringComparison.Ordinal)) Assert.That(output, Does.StartWith("tsuru-www\n"));
        if (command.Contains("lrem", StringComparison.Ordinal)) Assert.That(output, Is.EqualTo("1\n"));
    }

    private static string Named(string url) => url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
}
