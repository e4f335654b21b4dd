using System.Text;
using BenchmarkDotNet.Attributes;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Benchmarks.Micro;

/// <summary>What a line of the access log costs the thread that serves the request.</summary>
[MemoryDiagnoser]
public class AccessLogLineBenchmarks
{
    private const string Browser =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

    private readonly AccessLogLine _line = new(TimeZoneInfo.Local);
    private readonly AccessLogJson _json = new();
    private readonly byte[] _room = new byte[AccessLogJson.LineBytesMax];
    private readonly AccessLog _log = AccessLog.Open(new("/dev/null"), Stream.Null, null!, TimeProvider.System);
    private readonly AccessLog _jsonLog =
        AccessLog.Open(new("/dev/null", AccessLogFormat.Json), Stream.Null, null!, TimeProvider.System);

    private readonly DateTimeOffset _time = DateTimeOffset.UtcNow;
    private byte[] _userAgent = [];
    private byte[] _referer = [];

    /// <summary>Named inputs: a browser's request, a health checker's, and one that tries to forge a line.</summary>
    [Params("browser", "minimal", "forged")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Fill()
    {
        var (userAgent, referer) = Input switch
        {
            "browser" => (Browser, "https://www.example.com/articles/2026/11/24/the-proxy"),
            "minimal" => ("", ""),
            _ => (string.Concat(Enumerable.Repeat("\"\n\\", 35)), "\" 200 0 \""),
        };
        (_userAgent, _referer) = (Encoding.ASCII.GetBytes(userAgent), Encoding.ASCII.GetBytes(referer));
    }

    [GlobalCleanup]
    public void Stop()
    {
        _log.Stop(TimeSpan.FromSeconds(5));
        _jsonLog.Stop(TimeSpan.FromSeconds(5));
    }

    [Benchmark(Description = "format the line")]
    public int Format() => _line.Write(Entry(), _room);

    [Benchmark(Description = "format and queue it")]
    public void Write() => _log.Write(Entry());

    [Benchmark(Description = "format the JSON line")]
    public int FormatJson() => _json.Write(Entry(), _room);

    [Benchmark(Description = "format and queue the JSON line")]
    public void WriteJson() => _jsonLog.Write(Entry());

    private AccessLogEntry Entry() => new()
    {
        Client = "203.0.113.77"u8,
        Time = _time,
        Method = "GET"u8,
        Path = "/articles/2026/11/24/the-proxy/image-large.jpg"u8,
        Protocol = "HTTP/1.1"u8,
        Status = 200,
        BodyBytes = 48_211,
        Referer = _referer,
        UserAgent = _userAgent,
        RequestIdHeader = "X-Request-Id"u8,
        RequestId = "e70cb379-154a-4509-426b-b1e13db0e4e3"u8,
        Frontend = "www.example.com"u8,
        Total = TimeSpan.FromTicks(31_234),
        Backend = TimeSpan.FromTicks(28_111),
        Extended = new AccessLogExtension
        {
            Host = "www.example.com"u8,
            Query = "width=640&height=480"u8,
            TraceId = "0af7651916cd43dd8448eb211c80319c"u8,
            Backend = "http://10.0.12.34:31544"u8,
            Outcome = "ok"u8,
            TlsVersion = "TLSv1.3"u8,
            Numbers = new AccessLogNumbers(
                40_001, IsTls: true, 0, 1, IsReused: true, TimeSpan.Zero, TimeSpan.FromTicks(412),
                IsTlsResumed: true),
        },
    };
}
