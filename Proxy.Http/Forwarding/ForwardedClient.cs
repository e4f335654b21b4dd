using Proxy.Core.Transport.Addresses;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>Whom a request comes from, by what the proxies in front of us have said.</summary>
internal static class ForwardedClient
{
    /// <summary>
    /// The address, as text, from which a request came to the outermost trusted proxy: from the right, the first one in
    /// X-Forwarded-For that is not trusted. Where nobody is trusted it is the peer's.
    /// </summary>
    public static ReadOnlySpan<byte> Of(Exchange exchange)
    {
        var (request, caller) = (exchange.Request, exchange.ClientInfo);
        ReadOnlySpan<byte> client = caller.Address;
        if (caller.Trusted is not { } trusted) return client;
        var fields = request.Fields;
        for (var i = fields.Length - 1; i >= 0; i--)
        {
            if (fields[i].Known != FieldName.XForwardedFor || fields[i].IsNamedByConnection) continue;
            if (!GoBack(request[fields[i].Value], trusted, ref client)) break;
        }

        return client;
    }

    // X-Forwarded-For = #( address [ ":" port ] ); false when there is no way, or no reason, to go further back.
    private static bool GoBack(ReadOnlySpan<byte> list, AddressRanges trusted, ref ReadOnlySpan<byte> client)
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

    // 192.0.2.1:4711 and [2001:db8::1]:4711 are seen too, and [2001:db8::1].
    private static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> element)
    {
        if (element[0] == '[') return element[1..Math.Max(element.IndexOf((byte)']'), 1)];
        var colon = element.IndexOf((byte)':');
        return colon == element.LastIndexOf((byte)':') && colon >= 0 ? element[..colon] : element;
    }
}
