using System.Buffers;
using System.Text;

namespace Proxy.Benchmarks.Micro;

/// <summary>The messages that benchmarks speak of by name.</summary>
internal static class Inputs
{
    /// <summary>The request of 703 bytes that parsers have been compared by since picohttpparser.</summary>
    public static readonly byte[] Browser = Bytes(
        "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1",
        "Host: www.kittyhell.com",
        "User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac; rv:1.9.2.3) Gecko/20100401 " +
            "Firefox/3.6.3 Pathtraq/0.9",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: ja,en-us;q=0.7,en;q=0.3",
        "Accept-Encoding: gzip,deflate",
        "Accept-Charset: Shift_JIS,utf-8;q=0.7,*;q=0.7",
        "Keep-Alive: 115",
        "Connection: keep-alive",
        "Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=xxxxxxxxxx; __utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx." +
            "xxxxxxxxxx.xxxxxxxxxx.x; __utmz=xxxxxxxxx.xxxxxxxxxx.x.x.utmccn=(referral)|utmcsr=reader.livedoor.com|" +
            "utmcct=/reader/|utmcmd=referral");

    public static readonly byte[] Minimal = Bytes("GET / HTTP/1.1", "Host: a.com");

    public static readonly byte[] LongCookie = Bytes(
        "GET /account HTTP/1.1",
        "Host: www.example.com",
        "Accept: */*",
        "Cookie: " + string.Join("; ", Enumerable.Range(0, 100).Select(i => $"key{i}={new string('v', 30)}")));

    public static readonly byte[] ManyFields = Bytes(
        ["GET / HTTP/1.1", "Host: a.com", .. Enumerable.Range(0, 60).Select(i => $"X-Field-{i}: value of {i}")]);

    public static readonly byte[] TypicalResponse = Bytes(
        "HTTP/1.1 200 OK",
        "Server: nginx",
        "Date: Tue, 24 Nov 2026 08:19:27 GMT",
        "Content-Type: text/html; charset=utf-8",
        "Content-Length: 48211",
        "Connection: keep-alive",
        "Cache-Control: private, max-age=0",
        "ETag: \"5f2c-61a8\"",
        "Vary: Accept-Encoding",
        "Set-Cookie: session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; Secure");

    public static readonly byte[] MinimalResponse = Bytes("HTTP/1.1 200 OK", "Content-Length: 0");

    /// <summary>Sixteen chunks of 4 KiB, as a server sends a page that it makes while sending.</summary>
    public static readonly byte[] LargeChunks = Chunks(16, 4096);

    /// <summary>Events of 40 bytes, each in its own chunk.</summary>
    public static readonly byte[] SmallChunks = Chunks(100, 40);

    public static ReadOnlySequence<byte> Request(string name) => new(name switch
    {
        "browser" => Browser,
        "minimal" => Minimal,
        "long cookie" => LongCookie,
        _ => ManyFields,
    });

    public static ReadOnlySequence<byte> Response(string name) =>
        new(name == "typical" ? TypicalResponse : MinimalResponse);

    private static byte[] Bytes(params string[] lines) =>
        Encoding.ASCII.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n");

    private static byte[] Chunks(int count, int length)
    {
        var chunk = $"{length:x}\r\n{new string('d', length)}\r\n";
        return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(chunk, count)) + "0\r\n");
    }
}
