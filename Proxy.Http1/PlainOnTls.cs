namespace Proxy.Http1;

/// <summary>The response to plain HTTP on a TLS port.</summary>
public static class PlainOnTls
{
    /// <summary>The complete response, as in the Go planb; the connection is closed after it.</summary>
    public static ReadOnlyMemory<byte> Answer { get; } =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"u8.ToArray();
}
