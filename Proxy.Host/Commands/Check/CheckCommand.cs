using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Host.CommandLine;
using Proxy.Host.Service;
using Proxy.Host.Wiring;

namespace Proxy.Host.Commands.Check;

/// <summary>
/// <c>planb check</c>: prints each setting and where it comes from, and tries what the proxy needs, without disturbing
/// a proxy that runs. Problems go to stderr. Exits with 0 when there are none, else with 2; with 1 when the output
/// cannot be written.
/// </summary>
internal static class CheckCommand
{
    /// <summary>The text of <c>planb check --help</c>.</summary>
    public const string Help = """
        usage: planb check [FLAG...]

        Checks whether PlanB can start with these flags and environment variables.
        Prints every setting and where it comes from. Then tries the addresses to listen
        on, Redis, the certificates, the files of routes and snapshots, and the access
        log. A proxy that runs with the same settings is not disturbed. Problems go to
        stderr.

        The flags are those of the proxy: planb --help lists them.
        Exit code 0 without problems, 2 with problems or on bad usage, 1 if the output
        cannot be written.

        """;

    /// <summary>Prints the settings and the findings, and returns the exit code.</summary>
    public static async Task<int> RunAsync(Invocation invocation, Signals signals)
    {
        signals.Dispose();
        var report = new CheckReport(invocation.Values);
        var isPrinted = Program.TryPrint(report.Values() + "\n", Console.Out);
        var problems = 0;
        await foreach (var finding in FindAsync(invocation.Settings!))
        {
            var isProblem = finding.Severity == Severity.Problem;
            if (isProblem) problems++;
            isPrinted &= Program.TryPrint(report.Lines(finding), isProblem ? Console.Error : Console.Out);
        }

        if (problems > 0)
        {
            Program.TryPrint($"\n{Plural.Of(problems, "problem")}\n", Console.Error);
            return ExitCodes.BadUsage;
        }

        isPrinted &= Program.TryPrint("\nplanb can start with these settings\n", Console.Out);
        return isPrinted ? ExitCodes.Success : ExitCodes.Failure;
    }

    // TLS comes first: OpenSSL is configured before anything uses it, and Redis may.
    private static async IAsyncEnumerable<Finding> FindAsync(Settings settings)
    {
        yield return FileChecks.OpenFiles(settings);
        yield return await TlsChecks.PrepareAsync(settings);
        await using var names = new NameResolver(new NameSettings(), TimeProvider.System, _ => { });
        if (settings.Listen is { } listen) yield return await ListenCheck.RunAsync(listen, "listen", settings.Engine);
        if (settings.Tls is { } tls) yield return await ListenCheck.RunAsync(tls.Listen, "tls-listen", settings.Engine);
        if (settings.MetricsAddress is { } metrics)
            yield return await ListenCheck.RunAsync(metrics, "metrics-address", settings.Engine);
        if (await AddressConflict.FindAsync(settings) is { } conflict) yield return ListenCheck.Of(conflict);

        var isRedisRead = true;
        if (settings.RoutesFile.Length > 0)
        {
            yield return FileChecks.Routes(settings.RoutesFile);
        }
        else
        {
            foreach (var endpoint in (RedisEndpoint[])[settings.ReadRedis, settings.WriteRedis])
            {
                foreach (var finding in await RedisCheck.RunAsync(endpoint, names))
                {
                    isRedisRead &= finding.Severity != Severity.Problem || endpoint != settings.ReadRedis;
                    yield return finding;
                }
            }
        }

        if (settings.SnapshotFile.Length > 0) yield return FileChecks.Snapshot(settings.SnapshotFile);
        yield return FileChecks.AccessLog(settings.AccessLog);
        if (settings.Tls is null || OpenSslLibrary.Fault is not null) yield break;
        if (settings.Tls.Folder is null && !isRedisRead) yield break;
        foreach (var finding in await TlsChecks.CertificatesAsync(settings.Tls, settings.ReadRedis, names))
            yield return finding;
    }
}
