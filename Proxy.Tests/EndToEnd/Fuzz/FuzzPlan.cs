using System.Text;

namespace Proxy.Tests.EndToEnd.Fuzz;

/// <summary>What goes wrong with an answer.</summary>
internal enum FuzzFault
{
    None,

    /// <summary>The backend closes without a word.</summary>
    Silence,

    /// <summary>Not HTTP.</summary>
    Garbage,

    /// <summary>The body ends before it is complete.</summary>
    Cut,

    /// <summary>Another answer, without a request for it, follows this one.</summary>
    Extra,
}

/// <summary>Request and answer number N, as N alone decides: both ends of the proxy know what to expect.</summary>
internal sealed class FuzzPlan
{
    private static readonly string[] Methods = ["GET", "GET", "HEAD", "DELETE", "POST", "POST", "PUT"];
    private static readonly int[] Sizes = [0, 1, 2, 100, 1000, 4096, 16_384, 30_000];

    public FuzzPlan(int number)
    {
        Number = number;
        Random = new Random(number);
        Method = Any(Methods);
        RequestBody = Method is "POST" or "PUT" ? Body() : "";
        ResponseBody = Body();
        Fault = Random.Next(4) == 0 ? (FuzzFault)Random.Next(1, 5) : FuzzFault.None;
        if (Fault == FuzzFault.Cut && (Method == "HEAD" || ResponseBody.Length < 2)) Fault = FuzzFault.None;
        ClosesAfter = Fault != FuzzFault.None || Random.Next(4) == 0;
        Request = MakeRequest();
        Response = MakeResponse();
    }

    public int Number { get; }

    public string Method { get; }

    public string RequestBody { get; }

    public string ResponseBody { get; }

    public FuzzFault Fault { get; }

    public bool ClosesAfter { get; }

    public string Request { get; }

    public string Response { get; }

    private Random Random { get; }

    /// <summary>The text in pieces, each of which is sent by itself.</summary>
    public IEnumerable<string> Pieces(string text)
    {
        var piece = Any([text.Length + 1, text.Length + 1, 1 + (text.Length / 2), 1 + (text.Length / 20)]);
        for (var at = 0; at < text.Length; at += piece) yield return text[at..Math.Min(at + piece, text.Length)];
    }

    /// <summary>The content of a chunked body.</summary>
    public static string Content(string chunks)
    {
        var content = new StringBuilder();
        for (var at = 0; ;)
        {
            var lineEnd = chunks.IndexOf("\r\n", at, StringComparison.Ordinal);
            var size = Convert.ToInt32(chunks[at..lineEnd].Split(';')[0].Trim(), 16);
            if (size == 0) return content.ToString();
            content.Append(chunks, lineEnd + 2, size);
            at = lineEnd + 2 + size + 2;
        }
    }

    private T Any<T>(T[] of) => of[Random.Next(of.Length)];

    private string Body() => new((char)('a' + Random.Next(26)), Any(Sizes));

    private string MakeRequest()
    {
        var isChunked = RequestBody.Length > 0 && Random.Next(2) == 0;
        var framing = isChunked ? "Transfer-Encoding: chunked\r\n"
            : RequestBody.Length > 0 ? $"Content-Length: {RequestBody.Length}\r\n" : "";
        return $"{Method} /{Number} HTTP/1.1\r\nHost: a.com\r\nX-Drop: 1\r\n{framing}Connection: x-drop\r\n\r\n" +
            (isChunked ? Chunks(RequestBody) : RequestBody);
    }

    private string MakeResponse()
    {
        var kind = Random.Next(Fault is FuzzFault.Cut or FuzzFault.Extra || !ClosesAfter ? 2 : 3);
        var framing = kind == 0 ? $"Content-Length: {ResponseBody.Length}\r\n"
            : kind == 1 ? "Transfer-Encoding: chunked\r\n" : "";
        var body = Method == "HEAD" ? "" : kind == 1 ? Chunks(ResponseBody) : ResponseBody;
        if (Fault == FuzzFault.Cut) body = body[..^(1 + Random.Next(body.Length / 2))];
        var hints = Math.Max(0, Random.Next(9) - 6);
        var early = string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", hints));
        var response = $"{early}HTTP/1.1 200 OK\r\nX-Number: {Number}\r\n{framing}\r\n{body}";
        if (Fault == FuzzFault.Garbage)
            return Any(["garbage", "HTTP/1.1 2x0 OK\r\n\r\n", response[..9] + "\0" + response[9..]]);
        return Fault == FuzzFault.Extra ? response + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" : response;
    }

    private string Chunks(string body)
    {
        var chunks = new StringBuilder();
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(Any([1, 10, 5_000, 100_000]), body.Length - at);
            if (chunks.Length > 2_000) size = body.Length - at;
            chunks.Append($"{size:x}{Any(["", "", ";x", " ; a=\"b;\\\"\""])}\r\n{body.AsSpan(at, size)}\r\n");
            at += size;
        }

        return chunks.Append("0\r\n").Append(Any(["", "X-Late: 1\r\n", "Host: evil\r\n"])).Append("\r\n").ToString();
    }
}
