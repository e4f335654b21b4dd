using System.Text;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Tests.Fixtures.Telemetry;

/// <summary>An empty folder for what an access log writes to, with a clock and an error log for it.</summary>
internal sealed class LogFolder : IDisposable
{
    /// <summary>What is written for an empty entry.</summary>
    public const string ZeroLine =
        "::ffff: - - [01/Jan/0001:00:00:00 +0000] \"  \" 0 0 \"\" \"\" \":\" \"\" \"\" 0.000 0.000\n";

    public static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);

    private readonly MemoryStream _standardError = new();
    private readonly ErrorLog _errors;

    public LogFolder() => _errors = new ErrorLog(_standardError, Time);

    public ManualTime Time { get; } = new();

    public string Path { get; } = Directory.CreateTempSubdirectory("planb-log-").FullName;

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    public AccessLog Open(string target) => AccessLog.Open(new(target), Stream.Null, _errors, Time);

    /// <summary>Stops the error log and returns everything it wrote.</summary>
    public string Errors()
    {
        _errors.Stop(LongEnough);
        return Encoding.UTF8.GetString(_standardError.ToArray());
    }

    public void Dispose()
    {
        _errors.Stop(LongEnough);
        _standardError.Dispose();
        Directory.Delete(Path, recursive: true);
    }
}
