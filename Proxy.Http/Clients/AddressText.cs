using System.Net;
using System.Text;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Http.Clients;

/// <summary>A client's address as backends receive it: no port, IPv4 without its IPv6 form.</summary>
internal static class AddressText
{
    public static byte[] Of(EndPoint endpoint) =>
        Encoding.ASCII.GetBytes(endpoint.UnmappedAddress()?.ToString() ?? "unknown");
}
