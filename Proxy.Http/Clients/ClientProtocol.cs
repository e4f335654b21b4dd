using Proxy.Http.Forwarding;

namespace Proxy.Http.Clients;

/// <summary>
/// The version of HTTP used with a client: one HTTP/1.1 connection, or one stream of HTTP/2. The client's byte stream
/// with its deadlines is <see cref="Exchange.Client"/>.
/// </summary>
/// <remarks>
/// The client connection, not this class, acts on a <see cref="Disposition"/>. An instance has no state, so all
/// exchanges share one.
/// </remarks>
internal abstract class ClientProtocol
{
    /// <summary>Writes the framing of response bodies.</summary>
    public abstract BodyWriter ResponseBodyWriter { get; }

    /// <summary>Creates a reader for the framing of request bodies; it serves one exchange at a time.</summary>
    public abstract BodyReader NewRequestBodyReader();

    /// <summary>Writes an interim response (1xx) of the backend, if the client's version of HTTP has them.</summary>
    /// <returns>Whether the response was written.</returns>
    public abstract bool TryWriteInterim(Exchange exchange);

    /// <summary>Writes the head of the backend's final response.</summary>
    public abstract void WriteHead(Exchange exchange, bool isKeptAlive);

    /// <summary>Writes the head of a 101 response, after which both sides use another protocol.</summary>
    public abstract void WriteSwitch(Exchange exchange);

    /// <summary>Writes head and body of a response that the proxy generated.</summary>
    public abstract void WriteAnswer(Exchange exchange, in Answer answer, bool isKeptAlive);
}
