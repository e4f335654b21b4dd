namespace Proxy.Http.Messages;

/// <summary>The version of HTTP in which a message was sent (RFC 9110 §2.5).</summary>
internal enum ProtocolVersion : byte
{
    Http10,
    Http11,
}
