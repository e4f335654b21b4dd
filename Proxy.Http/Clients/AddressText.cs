using System.Net;
using System.Text;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Http.Clients;

/// <summary>The text form of a client address that backends receive: no port, and no IPv4-mapped IPv6.</summary>
internal static class AddressText
{
    /// <summary>Returns the address of an end point in ASCII; "unknown" when it is not an IP end point.</summary>
    public static byte[] Of(EndPoint endpoint) =>
        Encoding.ASCII.GetBytes(endpoint.UnmappedAddress()?.ToString() ?? "unknown");
}
