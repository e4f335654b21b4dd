using Proxy.Core.Transport.Addresses;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>The original client of a request, according to the trusted proxies in front of this one.</summary>
internal static class ForwardedClient
{
    /// <summary>
    /// Returns the address, as text, that sent the request to the outermost trusted proxy: the rightmost address in
    /// X-Forwarded-For that is not trusted. Without trusted proxies it is the peer's address.
    /// </summary>
    public static ReadOnlySpan<byte> Of(Exchange exchange)
    {
        var (request, peer) = (exchange.Request, exchange.ClientInfo);
        ReadOnlySpan<byte> client = peer.Address;
        if (peer.Trusted is not { } trusted) return client;
        var fields = request.Fields;
        for (var i = fields.Length - 1; i >= 0; i--)
        {
            if (fields[i].Known != FieldName.XForwardedFor || fields[i].IsNamedByConnection) continue;
            if (!TryWalkBack(request[fields[i].Value], trusted, ref client)) break;
        }

        return client;
    }

    // X-Forwarded-For = #( address [ ":" port ] ); false at the first element that is untrusted or no address.
    private static bool TryWalkBack(ReadOnlySpan<byte> list, AddressRanges trusted, ref ReadOnlySpan<byte> client)
    {
        while (!list.IsEmpty)
        {
            var comma = list.LastIndexOf((byte)',');
            var element = list[(comma + 1)..].Trim(" \t"u8);
            list = list[..Math.Max(comma, 0)];
            if (element.IsEmpty) continue;
            var address = WithoutPort(element);
            if (!AddressNumber.TryParse(address, out var number)) return false;
            client = address;
            if (!trusted.Contains(number)) return false;
        }

        return true;
    }

    // Some proxies send 192.0.2.1:4711, [2001:db8::1]:4711 or [2001:db8::1].
    private static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> element)
    {
        if (element[0] == '[') return element[1..Math.Max(element.IndexOf((byte)']'), 1)];
        var colon = element.IndexOf((byte)':');
        return colon == element.LastIndexOf((byte)':') && colon >= 0 ? element[..colon] : element;
    }
}
