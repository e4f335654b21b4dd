using System.Text;

namespace Proxy.Http.Messages;

/// <summary>The methods whose meaning a proxy must know; any other token is forwarded.</summary>
internal enum Method : byte
{
    Other,
    Connect,
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
    Trace,
}

/// <summary>Recognizes method names.</summary>
internal static class Methods
{
    /// <summary>Returns the method with that name, which is case-sensitive (RFC 9110 §9.1).</summary>
    public static Method Of(ReadOnlySpan<byte> text) => text.Length switch
    {
        3 when text.SequenceEqual("GET"u8) => Method.Get,
        3 when text.SequenceEqual("PUT"u8) => Method.Put,
        4 when text.SequenceEqual("POST"u8) => Method.Post,
        4 when text.SequenceEqual("HEAD"u8) => Method.Head,
        5 when text.SequenceEqual("TRACE"u8) => Method.Trace,
        5 when text.SequenceEqual("PATCH"u8) => Method.Patch,
        6 when text.SequenceEqual("DELETE"u8) => Method.Delete,
        7 when text.SequenceEqual("OPTIONS"u8) => Method.Options,
        7 when text.SequenceEqual("CONNECT"u8) => Method.Connect,
        _ => Method.Other,
    };
}

/// <summary>The four forms of a request target (RFC 9112 §3.2).</summary>
internal enum TargetForm : byte
{
    Origin,
    Absolute,
    Authority,
    Asterisk,
}

/// <summary>The head of a request.</summary>
internal sealed class RequestHead : Head
{
    /// <summary>The method as received.</summary>
    public Slice MethodText { get; set; }

    public Method Method { get; set; }

    /// <summary>The request target as received.</summary>
    public Slice Target { get; set; }

    public TargetForm Form { get; set; }

    /// <summary>
    /// Path and query as received: the part of the target that is forwarded. May be empty or start with <c>?</c> in
    /// absolute form.
    /// </summary>
    public Slice PathAndQuery { get; set; }

    /// <summary>The authority of an absolute target, else the Host value; empty when there is neither.</summary>
    public Slice Host { get; set; }

    /// <summary>
    /// The number of remaining hops of an OPTIONS or TRACE (RFC 9110 §7.6.2); null for no limit. The field has no
    /// meaning for other methods.
    /// </summary>
    public int? MaxForwards { get; set; }

    /// <summary>The path as received, without the query.</summary>
    public ReadOnlySpan<byte> Path
    {
        get
        {
            var text = this[PathAndQuery];
            var query = text.IndexOf((byte)'?');
            text = query < 0 ? text : text[..query];
            return text.IsEmpty ? "/"u8 : text;
        }
    }

    /// <summary>The protocol version as text, for the access log.</summary>
    public ReadOnlySpan<byte> Protocol => Version == ProtocolVersion.Http10 ? "HTTP/1.0"u8 : "HTTP/1.1"u8;

    /// <summary>Whether the method is idempotent (RFC 9110 §9.2.2).</summary>
    public bool IsIdempotent => Method is
        Method.Get or Method.Head or Method.Options or Method.Trace or Method.Put or Method.Delete;

    /// <summary>
    /// Whether the client requests a switch to another protocol, after the request body if there is one (RFC 9110
    /// §7.8). An upgrade to h2c is ignored, because the requests inside it could not be routed one by one.
    /// </summary>
    public bool WantsUpgrade => HasUpgrade && Version == ProtocolVersion.Http11 && NamesUpgradeProtocol();

    /// <inheritdoc/>
    public override void Reset()
    {
        base.Reset();
        MethodText = Target = PathAndQuery = Host = default;
        Method = Method.Other;
        MaxForwards = null;
    }

    private bool NamesUpgradeProtocol()
    {
        var rest = TextOf(FieldName.Upgrade);
        var count = 0;
        for (; ListElement.TryNext(ref rest, out var protocol); count++)
        {
            if (Ascii.EqualsIgnoreCase(protocol, "h2c"u8)) return false;
        }

        return count > 0 && !HasMany(FieldName.Upgrade);
    }
}
