using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.Http.Telemetry;

public sealed class AccessLogJsonTests
{
    private const string Awkward = "\"\\/\r\n\t\0\x7F{}:,\u00e9\ufffd";
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);

    private static readonly Gen<byte[]> AnyField = Gen.Frequency(
        (3, Gen.Byte.Select(value => new[] { value })),
        (2, Gen.Int[0, Awkward.Length - 1].Select(i => Encoding.UTF8.GetBytes(Awkward[i..(i + 1)]))))
        .Array[0, 60].Select(parts => parts.SelectMany(part => part).ToArray());

    [Test]
    public void Exchange_IsOneObjectWithTheDocumentedMembers() => Assert.That(Line(Whole()), Is.EqualTo(
        """
        {"time":"2026-11-24T08:19:27.123456Z","host":"www.a.com:80","route":"*.a.com","client":"203.0.113.7",
        "client_port":4711,"method":"GET","path":"/foo","query":"a=b","protocol":"HTTP/1.1","scheme":"https",
        "status":200,"bytes_in":17,"bytes_out":181,"referer":"","user_agent":"curl/7.88.1","request_id":"r1",
        "trace_id":"0af7651916cd43dd8448eb211c80319c","x_forwarded_for":"10.0.0.1","backend":"http://10.0.0.2:80",
        "attempts":2,"reused":true,"duration":12.345678,"backend_connect":0.000001,"backend_first_byte":0.004000,
        "overhead":0.000412,"upgrade":"websocket","outcome":"ok","tls_version":"TLSv1.3",
        "tls_resumed":true}
        """.Replace("\n", "") + "\n"));

    [Test]
    public void StoredEntry_IsTheSameLine()
    {
        var whole = Whole();
        var stored = new StoredEntry(whole).At(new EntryCompletion
        {
            Time = whole.Time,
            BytesIn = 17,
            BytesOut = whole.BodyBytes,
            Total = whole.Total,
            Outcome = whole.Extended.Outcome,
        });
        Assert.That(Line(stored), Is.EqualTo(Line(whole)));
    }

    [Test]
    public void ZeroEntry_HasTheSameMembers() =>
        Assert.That(Members(Line(default)), Is.EqualTo(Members(Line(Whole()))));

    [Test]
    public void AnyBytesInTheFields_YieldOneObjectThatReadsBack() => AnyField.Array[16].Sample(fields =>
    {
        var line = Line(Filled(fields));
        using var read = JsonDocument.Parse(line);
        string[] names =
        [
            "client", "method", "path", "protocol", "referer", "user_agent", "request_id", "route",
            "x_forwarded_for", "host", "query", "trace_id", "backend", "upgrade", "outcome", "tls_version",
        ];
        return line.IndexOf('\n') == line.Length - 1 && names.Zip(fields).All(
            pair => read.RootElement.GetProperty(pair.First).GetString() == Expected(pair.Second));
    });

    [Test]
    public void EveryByte_IsReadBackAsIs([Range(0, 255)] int value)
    {
        using var read = JsonDocument.Parse(Line(new AccessLogEntry { Path = [(byte)'/', (byte)value, (byte)'z'] }));
        Assert.That(read.RootElement.GetProperty("path").GetString(), Is.EqualTo($"/{(char)value}z"));
    }

    [TestCase("é€😀")]
    [TestCase("\u2028")]
    public void Utf8_PassesAsItIs(string text)
    {
        var line = Line(new AccessLogEntry { UserAgent = Encoding.UTF8.GetBytes(text) });
        Assert.That(line, Does.Contain($"\"user_agent\":\"{text}\""));
    }

    [Test]
    public void LongestLine_KeepsTheBound([Values((byte)'a', (byte)0, (byte)0xFF)] byte filling)
    {
        var field = new byte[LogLine.FieldBytesMax + 1];
        field.AsSpan().Fill(filling);
        var entry = Filled([.. Enumerable.Repeat(field, 16)]);
        var line = Line(entry);
        Assert.That(new AccessLogJson().Room(entry), Is.EqualTo(AccessLogJson.LineBytesMax));
        Assert.That(Encoding.UTF8.GetByteCount(line), Is.LessThanOrEqualTo(AccessLogJson.LineBytesMax));
        using var read = JsonDocument.Parse(line);
        Assert.That(read.RootElement.GetProperty("path").GetString(), Does.EndWith("..."));
    }

    [Test]
    public void Entry_AllocatesNothing()
    {
        const int lines = 5_000;
        var log = AccessLog.Open(new("stdout", AccessLogFormat.Json), Stream.Null, null!, new ManualTime());
        log.Write(Whole());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < lines; i++) log.Write(Whole());
        var perLine = (GC.GetAllocatedBytesForCurrentThread() - before) / lines;
        log.Stop(LongEnough);

        // No object is smaller; a collection in the meantime may cost a rented array now and then.
        Assert.That(perLine, Is.LessThan(24));
        Assert.That(log.IsExtended);
    }

    [Test]
    public void DroppedLines_AreToldInJsonToo()
    {
        using var notice = JsonDocument.Parse(Encoding.UTF8.GetString(new AccessLogJson().DropNotice));
        Assert.That(notice.RootElement.GetProperty("notice").GetString(), Does.StartWith("Dropping log messages"));
    }

    private static AccessLogEntry Whole() => new()
    {
        Client = "203.0.113.7"u8,
        Time = new DateTimeOffset(2026, 11, 24, 8, 19, 27, 123, 456, TimeSpan.Zero),
        Method = "GET"u8,
        Path = "/foo"u8,
        Protocol = "HTTP/1.1"u8,
        Status = 200,
        BodyBytes = 181,
        UserAgent = "curl/7.88.1"u8,
        RequestIdHeader = "X-Request-Id"u8,
        RequestId = "r1"u8,
        Frontend = "*.a.com"u8,
        ForwardedFor = "10.0.0.1"u8,
        Total = TimeSpan.FromTicks(123_456_789),
        Backend = TimeSpan.FromMilliseconds(4),
        Extended = new AccessLogExtension
        {
            Host = "www.a.com:80"u8,
            Query = "a=b"u8,
            TraceId = "0af7651916cd43dd8448eb211c80319c"u8,
            Backend = "http://10.0.0.2:80"u8,
            Upgrade = "websocket"u8,
            Outcome = "ok"u8,
            TlsVersion = "TLSv1.3"u8,
            Numbers = new AccessLogNumbers(
                4711, true, 17, 2, true, TimeSpan.FromMicroseconds(1), TimeSpan.FromMicroseconds(412), true),
        },
    };

    private static AccessLogEntry Filled(byte[][] fields) => new()
    {
        Client = fields[0],
        Method = fields[1],
        Path = fields[2],
        Protocol = fields[3],
        Referer = fields[4],
        UserAgent = fields[5],
        RequestId = fields[6],
        Frontend = fields[7],
        ForwardedFor = fields[8],
        Time = DateTimeOffset.MaxValue,
        Status = int.MinValue,
        BodyBytes = long.MinValue,
        Total = TimeSpan.MaxValue,
        Backend = TimeSpan.MinValue,
        Extended = new AccessLogExtension
        {
            Host = fields[9],
            Query = fields[10],
            TraceId = fields[11],
            Backend = fields[12],
            Upgrade = fields[13],
            Outcome = fields[14],
            TlsVersion = fields[15],
            Numbers = new AccessLogNumbers(
                int.MinValue, false, long.MinValue, int.MinValue, false, TimeSpan.MaxValue, TimeSpan.MaxValue,
                false),
        },
    };

    // Bytes that are no UTF-8 are taken one by one for ISO-8859-1.
    private static string Expected(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (!bytes.IsEmpty)
        {
            var isUtf8 = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done;
            text.Append(isUtf8 ? rune.ToString() : $"{(char)bytes[0]}");
            bytes = bytes[(isUtf8 ? length : 1)..];
        }

        return text.ToString();
    }

    private static string[] Members(string line)
    {
        using var read = JsonDocument.Parse(line);
        var members = read.RootElement.EnumerateObject();
        return [.. members.Select(member => $"{member.Name} {Kind(member.Value.ValueKind)}")];
    }

    private static string Kind(JsonValueKind kind) =>
        kind is JsonValueKind.True or JsonValueKind.False ? "boolean" : kind.ToString();

    private static string Line(in AccessLogEntry entry)
    {
        var json = new AccessLogJson();
        var room = new byte[json.Room(entry)];
        return new UTF8Encoding(false, true).GetString(room, 0, json.Write(entry, room));
    }
}
