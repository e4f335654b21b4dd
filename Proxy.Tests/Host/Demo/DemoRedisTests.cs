using NUnit.Framework;
using Proxy.Host.Demo;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Host.Demo;

public sealed class DemoRedisTests
{
    private const int Demos = 4;

    [Test]
    public async Task DemosStartedTogether_HaveARedisEach()
    {
        var starting = Enumerable.Range(0, Demos).Select(_ => Task.Run(DemoRedis.TryStartAsync)).ToArray();
        try
        {
            for (var i = 0; i < Demos; i++) await (await starting[i])!.SendAsync($"set demo {i}");
            for (var i = 0; i < Demos; i++)
            {
                using var client = RedisClient.Open((await starting[i])!.Address.Port);
                Assert.That(client.Call("get", "demo"), Is.EqualTo($"{i}"));
            }
        }
        finally
        {
            foreach (var demo in starting.Where(demo => demo.IsCompletedSuccessfully))
                await demo.Result!.DisposeAsync();
        }
    }
}
