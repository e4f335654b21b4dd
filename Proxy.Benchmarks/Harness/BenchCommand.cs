using System.Runtime.InteropServices;
using Proxy.Benchmarks.Harness.Report;

namespace Proxy.Benchmarks.Harness;

/// <summary><c>./build.sh bench</c>: measures, prints the results, writes the files.</summary>
internal static class BenchCommand
{
    private const int Fine = 0, Worse = 1, CannotMeasure = 1, BadUsage = 2;

    public static async Task<int> RunAsync(IReadOnlyList<string> typed)
    {
        if (typed is ["--help" or "-h" or "help", ..])
        {
            Console.Out.WriteLine(BenchOptions.Usage);
            return Fine;
        }

        try
        {
            return await MeasureAsync(BenchOptions.Read(typed));
        }
        catch (FormatException bad)
        {
            Console.Error.WriteLine($"bench: {bad.Message}\n{BenchOptions.Usage}");
            return BadUsage;
        }
        catch (BenchFailure failure)
        {
            Console.Error.WriteLine($"bench: {failure.Message}");
            return CannotMeasure;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("bench: stopped");
            return CannotMeasure;
        }
    }

    private static async Task<int> MeasureAsync(BenchOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        var report = new TextReport(Console.Out, options.Tolerance);
        var result = await new Bench(options, report).RunAsync(stop.Token);
        Write(result, options);
        report.Close(result, options.Out);
        return result.Scenarios.Any(scenario => scenario.IsFailed(options.Tolerance)) ? Worse : Fine;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static void Write(BenchResult result, BenchOptions options)
    {
        Directory.CreateDirectory(options.Out);
        ResultFile.Write(result, Path.Combine(options.Out, ResultFile.Name));
        File.WriteAllText(Path.Combine(options.Out, "report.svg"), PercentileChart.Of(result));
        if (options.IsRecorded) History.Append(result, "Proxy.Benchmarks/history/results.jsonl");
    }
}
