using System.Net;
using System.Text;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http1;
using Proxy.Http1.Grammar;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>
/// Parses heads and writes them onward: what a backend gets of a request, and a client of a response.
/// </summary>
internal sealed class ForwardedMessages : IDisposable
{
    public const string RequestId = "X-Id";

    public static readonly BackendAddress ByAddress = new("10.0.0.1", 80, false, IPAddress.Parse("10.0.0.1"));

    public static readonly BackendAddress ByName = new("backend.example", 80, false, null);

    private readonly MemoryClient _client = new();
    private readonly RequestIdHeader _requestId = new(RequestId);
    private readonly RequestWriter _toBackend;
    private readonly Deadlines _deadlines = new(TimeProvider.System);
    private readonly Http1Client _toClient;

    public ForwardedMessages()
    {
        _toBackend = new RequestWriter(new RequestFields(_requestId));
        _toClient = new Http1Client(new ResponseFields(new DateField(_deadlines)));
        Exchange = new Exchange(_toClient, new Http1Backends(RequestId, isHipache: false), _deadlines, default);
    }

    public Exchange Exchange { get; }

    public void Dispose()
    {
        _client.Abort();
        _deadlines.Dispose();
    }

    /// <summary>What the backend gets; null when the request is not accepted.</summary>
    public byte[]? Request(byte[] bytes, BackendAddress? backend = null)
    {
        Exchange.Begin(_client, new ClientInfo(_client.RemoteEndPoint, null));
        var rejection = RequestParser.TryRead(Segments.Whole(bytes), Exchange.Request, out var length);
        if (rejection != Rejection.None || length == 0) return null;
        _requestId.Ensure(Exchange);
        _toBackend.Write(_client, Exchange, backend ?? ByAddress);
        return _client.TakeSent();
    }

    public string? Request(string text, BackendAddress? backend = null) =>
        Request(Encoding.Latin1.GetBytes(text), backend) is { } bytes ? Encoding.Latin1.GetString(bytes) : null;

    /// <summary>What the client of the last request gets; null when it gets nothing.</summary>
    public byte[]? Response(byte[] bytes, bool isKeptAlive = true)
    {
        var (request, response) = (Exchange.Request, Exchange.Response);
        var rejection = ResponseParser.TryRead(Segments.Whole(bytes), request.Method, response, out var length);
        if (rejection != Rejection.None || length == 0) return null;
        if (!response.IsInterim) _toClient.WriteHead(Exchange, isKeptAlive);
        else if (!_toClient.TryWriteInterim(Exchange)) return null;
        return _client.TakeSent();
    }

    public string? Response(string text, bool isKeptAlive = true) =>
        Response(Encoding.Latin1.GetBytes(text), isKeptAlive) is { } bytes ? Encoding.Latin1.GetString(bytes) : null;
}
