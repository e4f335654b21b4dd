using System.Diagnostics;
using NUnit.Framework;

namespace Proxy.Tests.Fixtures.Redis;

/// <summary>Waits for a condition, with a bound.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    public static Task IsTrue(Func<bool> condition, string what) => IsTrue(() => Task.FromResult(condition()), what);

    public static async Task IsTrue(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Bound) Assert.Fail($"{what}: not within {Bound.TotalSeconds} s");
            await Task.Delay(10);
        }
    }
}
