using System.Net;

namespace Proxy.Core.Transport.Addresses;

/// <summary>IPv4 addresses as a dual-stack socket reports them: <c>::ffff:192.0.2.1</c> (RFC 4291 §2.5.5.2).</summary>
public static class Ipv4Mapping
{
    /// <summary>Returns the IPv4 address within an IPv4-mapped IPv6 address, and any other address unchanged.</summary>
    public static IPAddress Unmap(this IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Returns the address of an endpoint, unmapped and without its port; null if it has none.</summary>
    public static IPAddress? UnmappedAddress(this EndPoint endpoint) => (endpoint as IPEndPoint)?.Address.Unmap();
}
