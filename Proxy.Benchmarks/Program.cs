using BenchmarkDotNet.Running;
using Proxy.Benchmarks.Harness;
using Proxy.Benchmarks.Harness.Load;

namespace Proxy.Benchmarks;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["micro", .. var rest]:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest);
                return 0;
            case ["load"]:
                return LoadProcess.Run();
            case ["backend"]:
                return BenchBackend.Run();
            default:
                return await BenchCommand.RunAsync(arguments);
        }
    }
}
