using System.Globalization;
using System.IO.Compression;
using System.Text;
using Proxy.Core.Transport;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Http1.Pages;

/// <summary>Creates the page of a path, given the value of the Accept header; null when there is none.</summary>
public delegate ValueTask<Page?> PageMaker(string path, string accept);

/// <summary>
/// A small HTTP server for pages about the proxy. It shares nothing with the proxying, so that it answers even when the
/// proxy is overloaded or shutting down.
/// </summary>
/// <param name="pages">Creates the pages.</param>
/// <param name="deadlines">The clock for all waits.</param>
/// <param name="report">Receives a line when a page cannot be created.</param>
public sealed class PageServer(PageMaker pages, Deadlines deadlines, Action<string> report)
{
    /// <summary>Maximum number of concurrent connections; further ones are closed at once.</summary>
    public const int ConnectionsMax = 64;

    /// <summary>How long a client may take to send a request, and again to receive the response.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    // Below this size, compression saves less than one packet.
    private const int CompressedBytesMin = 1024;

    private int _connections;

    /// <summary>Serves one connection until it closes.</summary>
    public async Task ServeAsync(Connection client)
    {
        try
        {
            if (Interlocked.Increment(ref _connections) > ConnectionsMax) return;
            while (await AnswerAsync(client)) { }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The client has disconnected.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
            await client.DisposeAsync();
        }
    }

    /// <summary>Answers one request; returns whether another one may follow.</summary>
    private async Task<bool> AnswerAsync(Connection client)
    {
        client.ReadBy(deadlines.In(WaitMax));
        var request = new RequestHead();
        try
        {
            var rejection = await ReadAsync(client, request);
            if (rejection is null) return false;
            var isLast = rejection != Rejection.None || request.Framing.HasBody || !request.IsPersistent;
            var page = rejection == Rejection.None
                ? await PageOfAsync(request)
                : new Page(400, "text/plain; charset=utf-8", "400 Bad Request\n"u8.ToArray());
            var isCompressed = page.Body.Length >= CompressedBytesMin && AcceptsGzip(request);
            var body = isCompressed ? Compressed(page.Body) : page.Body;
            client.WriteBy(deadlines.In(WaitMax));
            var head = HeadOf(page, body.Length, isCompressed, isLast);
            var bytes = request.Method == Method.Head ? head : [.. head, .. body];
            var flushed = await client.Output.WriteAsync(bytes);
            return !isLast && !flushed.IsCanceled && !flushed.IsCompleted;
        }
        finally
        {
            request.Trim();
        }
    }

    /// <summary>Reads a request head and returns whether it is rejected; null when the client sent none.</summary>
    private static async ValueTask<Rejection?> ReadAsync(Connection client, RequestHead request)
    {
        var emptyLines = default(EmptyLines);
        while (true)
        {
            var read = await client.Input.ReadAsync();
            if (read.IsCanceled) return null;
            var start = emptyLines.Skip(read.Buffer, out var isRequest);
            if (isRequest)
            {
                var head = read.Buffer.Slice(start);
                var rejection = HeadReader.TakeRequest(client.Input, head, request, out var isWhole);
                if (rejection != Rejection.None || isWhole) return rejection;
            }
            else
            {
                client.Input.AdvanceTo(start, read.Buffer.End);
            }

            if (read.IsCompleted) return null;
        }
    }

    private async ValueTask<Page> PageOfAsync(RequestHead request)
    {
        if (request.Method is not (Method.Get or Method.Head)) return Page.OfText(405, "405 Method Not Allowed");
        var path = Encoding.Latin1.GetString(request.Path);
        try
        {
            return await pages(path, ValueOf(request, "Accept"u8)) ?? Page.OfText(404, "404 page not found");
        }
        catch (Exception e)    // a bug in one page ends neither the server nor the proxy
        {
            report($"cannot create the page {path}: {e}");
            return Page.OfText(500, "500 Internal Server Error");
        }
    }

    private static string ValueOf(RequestHead request, ReadOnlySpan<byte> name)
    {
        foreach (ref var field in request.Fields)
        {
            if (Ascii.EqualsIgnoreCase(request[field.Name], name))
                return Encoding.Latin1.GetString(request[field.Value]);
        }

        return "";
    }

    // A coding with a quality value does not match: no compression is always allowed, and scrapers send no weights.
    private static bool AcceptsGzip(RequestHead request) =>
        ValueOf(request, "Accept-Encoding"u8).Split(',').Any(coding => coding.Trim() is "gzip");

    private static byte[] Compressed(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(body);
        return compressed.ToArray();
    }

    private static byte[] HeadOf(Page page, int length, bool isCompressed, bool isLast) => Encoding.ASCII.GetBytes(
        string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {page.Status} {ReasonOf(page.Status)}\r\nContent-Type: {page.ContentType}\r\n" +
            $"Content-Length: {length}\r\nVary: Accept, Accept-Encoding\r\nDate: {DateTime.UtcNow:R}\r\n") +
        (isCompressed ? "Content-Encoding: gzip\r\n" : "") +
        (isLast ? "Connection: close\r\n\r\n" : "\r\n"));

    private static string ReasonOf(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        _ => "Service Unavailable",
    };
}
