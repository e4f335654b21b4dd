using System.Text;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>Makes messages that are nearly right: a sound one, changed in a few places.</summary>
internal sealed class Mutation(Random random)
{
    private const int ChangesMax = 4;

    private static readonly string[] Pieces =
    [
        "\r\n", "\n", "\r", "\0", "\t", " ", ":", ",", ";", "=", "\"", "\\", "/", "?", "#", "@", "%", "*", "[", "]",
        "\u0080", "\u00ff", "\r\n\r\n", "\r\n ", "\r\n\t", "\n\n", "\r\r\n", "0\r\n\r\n", "5", "0", "0x", "+", "-",
        "ffffffffffffffff", ";a=\"", "chunked", "Content-Length: 5\r\n", "content-length:\t05\r\n",
        "Content-Length : 5\r\n", "Content-Length: 5, 5\r\n", "\u0001", "\u007f", "Transfer-Encoding: chunked\r\n",
        "transfer-encoding:CHUNKED\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer_Encoding: chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n", "Connection: ", "Connection: close, X-A\r\n", "X-A: b\r\n",
        "Connection: Host, Content-Length, Transfer-Encoding, Date, X-Id\r\n", "X-Id: 5\r\n",
        "Expect: 100-continue\r\n", "Host: b.com\r\n", "Host:\r\n", "host: [::1]:80\r\n",
        "X-Forwarded-For: 1.2.3.4\r\n", "X-Forwarded-Proto: https\r\n", "X-Host: evil\r\n", "TE: trailers\r\n",
        "Trailer: A\r\n", "Upgrade: h2c\r\n", "HTTP/1.0", "HTTP/1.1", "HTTP/1.10", "HTTP/1.2 ", "HTTP/2.0",
        "GET / HTTP/1.1\r\n",
        "HEAD ", "OPTIONS * ", "http://b.com", "https://[::1]:1/", "HTTP/1.1 204 \r\n", " 100 ", " 304 ",
    ];

    public byte[] Of(string[] samples)
    {
        var text = new StringBuilder(samples[random.Next(samples.Length)]);
        for (var changes = random.Next(ChangesMax + 1); changes > 0; changes--) Change(text, samples);
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private void Change(StringBuilder text, string[] samples)
    {
        var at = random.Next(text.Length + 1);
        var length = random.Next(Math.Min(text.Length - at, 12) + 1);
        switch (random.Next(10))
        {
            case 0:
                text.Insert(at, (char)random.Next(256));
                break;
            case 1:
                text.Remove(at, length);
                break;
            case 2:
                text.Insert(at, text.ToString(at, length));
                break;
            case 3:
                if (at < text.Length) text[at] ^= (char)(1 << random.Next(8));
                break;
            case 4:
                var piece = text.ToString(at, length);
                text.Remove(at, length).Insert(random.Next(text.Length + 1), piece);
                break;
            case 5:
                var other = samples[random.Next(samples.Length)];
                text.Remove(at, text.Length - at).Append(other[random.Next(other.Length)..]);
                break;
            default:
                text.Insert(random.Next(2) == 0 ? at : LineStart(text, at), Pieces[random.Next(Pieces.Length)]);
                break;
        }
    }

    // Whole fields mean something only between others.
    private static int LineStart(StringBuilder text, int at)
    {
        var lineEnd = text.ToString(0, at).LastIndexOf("\r\n", StringComparison.Ordinal);
        return lineEnd < 0 ? at : lineEnd + 2;
    }
}
