using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Host.Demo;

/// <summary><c>planb demo</c> as a newcomer meets it: does what it suggests work?</summary>
public sealed class DemoProcessTests
{
    [Test]
    public async Task WhatItTellsToTry_Works_AndTermEndsItWithNothingLeft()
    {
        await using var demo = PlanbProcess.Start("demo", "--listen", "127.0.0.1:0");
        await demo.OutputLineAsync("access log");
        var commands = demo.Output.Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("curl ", StringComparison.Ordinal)
                || line.StartsWith("redis-cli ", StringComparison.Ordinal))
            .Select(line => line.Split("   ")[0])
            .ToArray();
        var answers = new List<string>();
        foreach (var command in commands) answers.Add(await Shell.RunAsync(command));

        await demo.SignalAsync("TERM");
        Assert.Multiple(async () =>
        {
            Assert.That(await demo.ExitAsync(), Is.Zero, demo.Errors);
            Assert.That(answers, Has.Count.EqualTo(4));
            Assert.That(answers[0], Does.StartWith("I am backend 1 of 3"));
            Assert.That(answers[1], Does.StartWith("demo\nhttp://"));
            Assert.That(answers[3], Does.StartWith("I am backend 1 of 3").And.Contains("X-Forwarded-For  127.0.0.1"));
            Assert.That(demo.Output, Does.Contain("\"GET / HTTP/1.1\" 200 "));
            Assert.That(await Shell.RunAsync(commands[1] + " 2>&1 || true"), Does.Contain("Connection refused"));
        });
    }

    [Test]
    public async Task KilledDemo_LeavesNoRedis()
    {
        var demo = PlanbProcess.Start("demo", "--listen", "127.0.0.1:0");
        await demo.OutputLineAsync("access log");
        var client = demo.Output.Split("try ")[1].Split(')')[0];
        var redis = await Shell.RunAsync($"{client} info server | grep -oP '^process_id:\\K\\d+'");

        await demo.DisposeAsync();

        // The port proves nothing: another demo may have it by now, and a Redis that is ending answers in many ways.
        await Eventually.IsTrue(() => !Directory.Exists($"/proc/{redis.Trim()}"), "its Redis has ended");
    }

    [Test]
    public async Task WithoutRedis_ItRunsOnAFileOfRoutes()
    {
        await using var demo = PlanbProcess.StartWith(
            new Dictionary<string, string> { ["PATH"] = "/nowhere" }, "demo", "--listen", "127.0.0.1:0");
        await demo.OutputLineAsync("access log");
        var commands = demo.Output.Split('\n').Select(line => line.Trim().Split("   ")[0])
            .Where(line => line.StartsWith("curl ", StringComparison.Ordinal)
                || line.StartsWith("cat ", StringComparison.Ordinal)
                || line.StartsWith("echo ", StringComparison.Ordinal))
            .ToArray();
        Assert.That(await Shell.RunAsync(commands[0]), Does.StartWith("I am backend 1 of 3"));
        Assert.That(await Shell.RunAsync(commands[1]), Does.StartWith("rpush frontend:app.demo.test demo http://"));
        await Shell.RunAsync(commands[2]);
        var added = $"for i in $(seq 200); do {commands[3]} | grep backend && exit 0; sleep 0.02; done";
        Assert.That(await Shell.RunAsync(added), Does.StartWith("I am backend 1 of 3"));

        await demo.SignalAsync("TERM");
        Assert.That(await demo.ExitAsync(), Is.Zero, demo.Errors);
        Assert.That(File.Exists(commands[1]["cat ".Length..]), Is.False);
    }

    [Test]
    public async Task TakenPort_IsToldInOneLine()
    {
        await using var first = PlanbProcess.Start("demo", "--listen", "127.0.0.1:0");
        await first.OutputLineAsync("access log");
        var address = first.Output.Split("http://")[1].Split('\n')[0];

        var (exitCode, _, errors) = await PlanbProcess.RunAsync("demo", "--listen", address);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.StartWith($"planb: cannot listen on {address}: Address already in use\n"));
    }

    [Test]
    public async Task Backend_RespondsWithItsName_AndTermStopsIt()
    {
        await using var backend = PlanbProcess.Start("demo", "backend", "--listen", "127.0.0.1:0", "--name", "one");
        var url = (await backend.ErrorLineAsync("is listening on")).Split(' ')[^1];
        Assert.That(await Shell.RunAsync($"curl -s {url}/where"), Does.StartWith($"I am backend one ({url})\n"));

        var (exitCode, _, errors) = await PlanbProcess.RunAsync("demo", "backend", "--listen", url["http://".Length..]);
        Assert.That((exitCode, errors), Is.EqualTo(
            (1, $"planb: cannot listen on {url["http://".Length..]}: Address already in use\n")));

        await backend.SignalAsync("TERM");
        Assert.That(await backend.ExitAsync(), Is.Zero, backend.Errors);
    }

    [TestCase("invalid value \"nonsense\" for flag --listen: must be IP:PORT", "backend", "--listen", "nonsense")]
    [TestCase("flag provided but not defined: --nam (did you mean --name?)", "backend", "--nam", "1")]
    [TestCase("flag needs an argument: --listen IP:PORT", "--listen")]
    [TestCase("invalid value \"nonsense\" for flag --listen: must be IP:PORT", "--listen", "nonsense")]
    [TestCase("flag provided but not defined: --lisen (did you mean --listen?)", "--lisen", "1")]
    [TestCase("flag provided but not defined: --bogus (planb demo --help lists all flags)", "--bogus", "1")]
    [TestCase("unexpected \"foo\": it is not a flag (did you mean a flag? planb demo --help lists them)", "foo")]
    [TestCase("unexpected \"listen\": it is not a flag (did you mean --listen?)", "listen")]
    public async Task BadUsage_Exits2(string wanted, params string[] arguments)
    {
        var (exitCode, _, errors) = await PlanbProcess.RunAsync(["demo", .. arguments]);
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(errors, Does.StartWith($"planb: {wanted}").And.Match(@"^[^\n]+\n\z"));
    }
}
