using System.Text.Json;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>
/// The hidden command <c>load</c>: reads a <see cref="LoadOrder"/> a line from stdin, runs it, and writes a
/// <see cref="LoadResult"/> a line. Ends with its input. A process of its own, so that it has cores of its own.
/// </summary>
internal static class LoadProcess
{
    public static int Run()
    {
        while (Console.In.ReadLine() is { } line)
        {
            var order = JsonSerializer.Deserialize<LoadOrder>(line)!;
            Console.Out.WriteLine(JsonSerializer.Serialize(LoadGenerator.Run(order)));
        }

        return 0;
    }
}
