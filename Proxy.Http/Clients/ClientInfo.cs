using System.Net;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Http.Clients;

/// <summary>Who is at the other end of a client's connection, and whether it is believed about others.</summary>
internal sealed class ClientInfo
{
    /// <param name="endpoint">Its address.</param>
    /// <param name="trusted">The proxies in front; null when everybody is believed, as by planb.</param>
    public ClientInfo(EndPoint endpoint, AddressRanges? trusted)
    {
        Address = AddressText.Of(endpoint);
        Port = endpoint is IPEndPoint ip ? ip.Port : 0;
        if (trusted is null) return;
        if (endpoint is IPEndPoint { Address: var address } && trusted.Contains(address)) Trusted = trusted;
        else IsDistrusted = true;
    }

    /// <summary>Its address as text, without its port.</summary>
    public byte[] Address { get; }

    /// <summary>The port it connected from.</summary>
    public int Port { get; }

    /// <summary>It is no proxy of ours: what it says about who it speaks for is not believed.</summary>
    public bool IsDistrusted { get; }

    /// <summary>
    /// It is one of these proxies, and what it says about its client is believed; null when that is not known.
    /// </summary>
    public AddressRanges? Trusted { get; }
}
