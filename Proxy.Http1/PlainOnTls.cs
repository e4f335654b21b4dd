namespace Proxy.Http1;

/// <summary>What a client is told that speaks plain HTTP where TLS is spoken.</summary>
public static class PlainOnTls
{
    /// <summary>A whole response, in the words of the Go planb; the connection ends behind it.</summary>
    public static ReadOnlyMemory<byte> Answer { get; } =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"u8.ToArray();
}
