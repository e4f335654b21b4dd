using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Http.Clients;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>What must be true of every head that is written onward.</summary>
internal static partial class ForwardedHeads
{
    private static readonly string[] NeverPassedOn =
    [
        "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "upgrade", "http2-settings",
    ];

    public static void CheckRequest(Exchange exchange, byte[] onward, BackendAddress backend)
    {
        var (came, went) = (exchange.Request, new RequestHead());
        var rejection = RequestParser.TryRead(Segments.Whole(onward), went, out var length);
        Assert.That(rejection, Is.EqualTo(Rejection.None));
        Assert.That(length, Is.EqualTo(onward.Length));
        CheckBytes(onward, isResponse: false);
        CheckFraming(went, went.Framing);
        Assert.That(Parsed.Text(went, went.MethodText), Is.EqualTo(Parsed.Text(came, came.MethodText)));
        if (came.Method != Method.Connect) Assert.That(Parsed.Text(went, went.Target), Is.EqualTo(PathOf(came)));
        var host = backend.Ip is null ? backend.Host : Parsed.Text(came, came.Host);
        Assert.That(Parsed.Text(went, went.Host), Is.EqualTo(host));
        Assert.That(went.Framing, Is.EqualTo(came.Framing));
        Assert.That(went.Version, Is.EqualTo(ProtocolVersion.Http11));
        Assert.That(CountOf(went, FieldName.Connection), Is.Zero);
        Assert.That(CountOf(went, FieldName.XDebugRouter), Is.Zero);
        Assert.That(CountOf(went, FieldName.XForwardedFor), Is.EqualTo(1));
        Assert.That(CountOf(went, FieldName.XForwardedProto), Is.GreaterThan(0));
        Assert.That(ValueOf(went, FieldName.XForwardedFor), Does.EndWith("192.0.2.7"));
        Assert.That(Parsed.FieldsOf(went), Does.Contain($"{ForwardedMessages.RequestId}=").IgnoreCase);
    }

    public static void CheckResponse(Exchange exchange, byte[] onward)
    {
        var (came, went, request) = (exchange.Response, new ResponseHead(), exchange.Request);
        var rejection = ResponseParser.TryRead(Segments.Whole(onward), request.Method, went, out var length);
        Assert.That(rejection, Is.EqualTo(Rejection.None));
        Assert.That(length, Is.EqualTo(onward.Length));
        CheckBytes(onward, isResponse: true);
        Assert.That(StatusOf(went), Is.EqualTo(StatusOf(came)));
        Assert.That(went.Version, Is.EqualTo(came.IsInterim ? ProtocolVersion.Http11 : request.Version));
        Assert.That(went.Framing, Is.EqualTo(FramingFor(came.Framing, request.Version)));
        if (went.Framing.HasBody) CheckFraming(went, went.Framing);
        Assert.That(CountOf(went, FieldName.ContentLength), Is.LessThanOrEqualTo(1));
        Assert.That(came.IsInterim || CountOf(went, FieldName.Date) > 0);
        Assert.That(CountOf(went, FieldName.Connection), Is.LessThanOrEqualTo(1));
    }

    private static string StatusOf(ResponseHead head) => Parsed.Text(head, head.StatusAndReason).TrimEnd();

    private static int CountOf(Head head, FieldName name)
    {
        var count = 0;
        foreach (var field in head.Fields) count += field.Known == name ? 1 : 0;
        return count;
    }

    private static string ValueOf(Head head, FieldName name) => Encoding.Latin1.GetString(head.TextOf(name));

    // A client of HTTP/1.0 knows no chunks, one of HTTP/1.1 learns from them that the end is the end.
    private static Framing FramingFor(Framing came, ProtocolVersion version) =>
        came.Kind is not (BodyKind.Chunked or BodyKind.UntilClose) ? came
        : new Framing(version == ProtocolVersion.Http11 ? BodyKind.Chunked : BodyKind.UntilClose);

    private static string PathOf(RequestHead came)
    {
        var path = Parsed.Text(came, came.PathAndQuery);
        if (came.Form != TargetForm.Absolute) return path;
        if (path == "") return came.Method == Method.Options ? "*" : "/";
        return path[0] == '?' ? "/" + path : path;
    }

    private static void CheckBytes(byte[] onward, bool isResponse)
    {
        var text = Encoding.Latin1.GetString(onward);
        Assert.That((isResponse ? StrayInResponses : Stray).IsMatch(text), Is.False, text);
    }

    private static void CheckFraming(Head went, Framing framing)
    {
        var (lengths, codings) = (CountOf(went, FieldName.ContentLength), CountOf(went, FieldName.TransferEncoding));
        Assert.That(lengths + codings, Is.LessThanOrEqualTo(1));
        if (framing.Kind is BodyKind.Length or BodyKind.Chunked) Assert.That(lengths + codings, Is.EqualTo(1));
        if (lengths == 1) Assert.That(ValueOf(went, FieldName.ContentLength), Is.EqualTo($"{framing.Length}"));
        if (codings == 1) Assert.That(ValueOf(went, FieldName.TransferEncoding), Is.EqualTo("chunked"));
        foreach (var name in NeverPassedOn)
            Assert.That(Parsed.FieldsOf(went).ToLowerInvariant(), Does.Not.Contain($"\n{name}="));
    }

    [GeneratedRegex(@"\r(?!\n)|(?<!\r)\n|[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]")]
    private static partial Regex Stray { get; }

    [GeneratedRegex(@"\r(?!\n)|(?<!\r)\n|\0")]
    private static partial Regex StrayInResponses { get; }
}
