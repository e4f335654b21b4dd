using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Tls.OpenSsl;
using Proxy.Host.CommandLine;
using Proxy.Host.Wiring;

namespace Proxy.Host.Commands.Check;

/// <summary>
/// <c>planb check</c>: tells every setting and where it comes from, and tries what the proxy will need, without getting
/// in the way of one that runs. Problems are told on stderr. Exits 0 when there are none, else 2; 1 when it cannot
/// tell.
/// </summary>
internal static class CheckCommand
{
    public static async Task<int> RunAsync(Invocation invocation)
    {
        var report = new CheckReport(invocation.Values);
        var isSaid = Program.TryPrint(report.Values() + "\n", Console.Out);
        var problems = 0;
        await foreach (var finding in FindAsync(invocation.Settings!))
        {
            var isProblem = finding.Severity == Severity.Problem;
            if (isProblem) problems++;
            isSaid &= Program.TryPrint(report.Lines(finding), isProblem ? Console.Error : Console.Out);
        }

        if (problems > 0)
        {
            Program.TryPrint(problems == 1 ? "\n1 problem\n" : $"\n{problems} problems\n", Console.Error);
            return Invocation.BadUsage;
        }

        isSaid &= Program.TryPrint("\nplanb can start with these settings\n", Console.Out);
        return isSaid ? Invocation.Success : Program.OutputFailed;
    }

    // TLS comes first: it is set up before anything uses it, and Redis may.
    private static async IAsyncEnumerable<Finding> FindAsync(Settings settings)
    {
        yield return FileChecks.OpenFiles(settings);
        yield return await TlsChecks.PrepareAsync(settings);
        await using var names = new NameResolver(new NameSettings(), TimeProvider.System, _ => { });
        if (settings.Listen is { } listen) yield return await ListenCheck.RunAsync(listen, "listen", settings.Engine);
        if (settings.Tls is { } tls) yield return await ListenCheck.RunAsync(tls.Listen, "tls-listen", settings.Engine);
        if (settings.MetricsAddress is { } metrics)
            yield return await ListenCheck.RunAsync(metrics, "metrics-address", settings.Engine);
        if (await AddressConflict.FindAsync(settings) is { } twice) yield return ListenCheck.Of(twice);

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
