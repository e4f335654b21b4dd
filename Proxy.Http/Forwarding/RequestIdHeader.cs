using System.Text;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// The header that carries a request's id (<c>--request-id-header</c>): the client's id, or one made here.
/// </summary>
/// <param name="name">Its name; empty when there is none.</param>
internal sealed class RequestIdHeader(string name)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(name);

    /// <summary>Its name; empty when none is configured.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>Returns the id the client sent, or the one that was made; empty when none is configured.</summary>
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

    /// <summary>Makes an id when one is configured and the client sent none.</summary>
    public void Ensure(Exchange exchange)
    {
        if (_name.Length > 0 && Of(exchange).IsEmpty) exchange.MakeRequestId();
    }

    /// <summary>Returns whether a field is this header.</summary>
    public bool Is(RequestHead request, in Field field) =>
        field.Known == FieldName.Other && !field.IsNamedByConnection &&
        Ascii.EqualsIgnoreCase(request[field.Name], _name);
}
