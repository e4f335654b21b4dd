using System.Net;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Http.Clients;

/// <summary>The peer of a client connection, and whether its forwarding headers are trusted.</summary>
internal sealed class ClientInfo
{
    /// <param name="endpoint">The remote end point of the connection.</param>
    /// <param name="trusted">The trusted proxies; null to trust every client, as the Go planb does.</param>
    public ClientInfo(EndPoint endpoint, AddressRanges? trusted)
    {
        Address = AddressText.Of(endpoint);
        Port = endpoint is IPEndPoint ip ? ip.Port : 0;
        if (trusted is null) return;
        if (endpoint is IPEndPoint { Address: var address } && trusted.Contains(address)) Trusted = trusted;
        else IsUntrusted = true;
    }

    /// <summary>The peer's address as text, without its port.</summary>
    public byte[] Address { get; }

    /// <summary>The port that the peer connected from; 0 when it is unknown.</summary>
    public int Port { get; }

    /// <summary>
    /// Whether trusted proxies are configured and the peer is not one: its forwarding headers are discarded.
    /// </summary>
    public bool IsUntrusted { get; }

    /// <summary>
    /// The trusted proxies, if the peer is one of them, so that its forwarding headers identify the client; otherwise
    /// null.
    /// </summary>
    public AddressRanges? Trusted { get; }
}
