using Proxy.Http.Forwarding;

namespace Proxy.Http.Clients;

/// <summary>
/// What an exchange needs of the version of HTTP that its client uses: one HTTP/1.1 connection, or one stream of
/// HTTP/2. The client itself, a stream of bytes with deadlines, is <see cref="Exchange.Client"/>.
/// </summary>
/// <remarks>
/// What a <see cref="Disposition"/> means is the client connection's affair. Has no state of its own, so that all
/// exchanges share one.
/// </remarks>
internal abstract class ClientProtocol
{
    /// <summary>Writes the framing of response bodies.</summary>
    public abstract BodyWriter ResponseBodyWriter { get; }

    /// <summary>Makes a reader of the framing of request bodies, for one exchange at a time.</summary>
    public abstract BodyReader NewRequestBodyReader();

    /// <summary>Writes an interim response of the backend (1xx), if the client understands it.</summary>
    /// <returns>Whether something was written.</returns>
    public abstract bool TryWriteInterim(Exchange exchange);

    /// <summary>Writes the head of the backend's final response.</summary>
    public abstract void WriteHead(Exchange exchange, bool isKeptAlive);

    /// <summary>Writes the head after which both sides speak another protocol.</summary>
    public abstract void WriteSwitch(Exchange exchange);

    /// <summary>Writes an answer of the proxy's own, head and body.</summary>
    public abstract void WriteAnswer(Exchange exchange, in Answer answer, bool isKeptAlive);
}
