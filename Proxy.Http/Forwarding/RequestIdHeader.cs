using System.Text;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// The header that carries the request id (<c>--request-id-header</c>): the client's id, or a generated one.
/// </summary>
/// <param name="name">The header's name; empty when none is configured.</param>
internal sealed class RequestIdHeader(string name)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(name);

    /// <summary>The header's name in ASCII; empty when none is configured.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>Returns the id that the client sent, or the generated one; empty when none is configured.</summary>
    public ReadOnlySpan<byte> Of(Exchange exchange)
    {
        if (_name.Length == 0) return default;
        if (exchange.RequestIdLength > 0) return exchange.RequestId;
        foreach (ref var field in exchange.Request.Fields)
        {
            if (Is(exchange.Request, field)) return exchange.Request[field.Value];
        }

        return default;
    }

    /// <summary>Generates an id if the header is configured and the client sent none.</summary>
    public void Ensure(Exchange exchange)
    {
        if (_name.Length > 0 && Of(exchange).IsEmpty) exchange.MakeRequestId();
    }

    /// <summary>Returns whether a field is this header.</summary>
    public bool Is(RequestHead request, in Field field) =>
        field.Known == FieldName.Other && !field.IsNamedByConnection &&
        Ascii.EqualsIgnoreCase(request[field.Name], _name);
}
