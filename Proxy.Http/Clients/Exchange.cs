using System.Text;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Selection;
using Proxy.Core.Transport;
using Proxy.Http.Backends;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http.Telemetry;

namespace Proxy.Http.Clients;

/// <summary>One request and its response. Pooled; owned by one client connection at a time.</summary>
internal sealed class Exchange
{
    private readonly byte[] _requestId = new byte[36];
    private volatile Connection? _backend;

    /// <param name="protocol">The version of HTTP used with clients.</param>
    /// <param name="backends">The version of HTTP used with backends.</param>
    /// <param name="deadlines">The clock for the waits.</param>
    /// <param name="requestLimit">How long a backend may take (<c>--request-timeout</c>); zero means no limit.</param>
    public Exchange(ClientProtocol protocol, BackendProtocol backends, Deadlines deadlines, TimeSpan requestLimit)
    {
        Protocol = protocol;
        var upload = new BodyPump(protocol.NewRequestBodyReader(), backends.RequestBodyWriter);
        RequestBody = new RequestUpload(upload, Watch, deadlines, requestLimit);
        ResponseBody = new BodyPump(backends.NewResponseBodyReader(), protocol.ResponseBodyWriter, Watch);
    }

    /// <summary>The version of HTTP used with the client.</summary>
    public ClientProtocol Protocol { get; }

    /// <summary>The start and end times, and the time spent waiting for backends.</summary>
    public ExchangeTiming Timing { get; } = new();

    public RequestHead Request { get; } = new();

    public ResponseHead Response { get; } = new();

    /// <summary>How the request body is forwarded.</summary>
    public BodyPlan RequestPlan => BodyPlans.For(Request.Framing, ProtocolVersion.Http11);

    /// <summary>How the body of the final response is forwarded.</summary>
    public BodyPlan ResponsePlan => BodyPlans.For(Response.Framing, Request.Version);

    /// <summary>The transfer of the request body to the backend.</summary>
    public RequestUpload RequestBody { get; }

    /// <summary>The transfer of the response body to the client.</summary>
    public BodyPump ResponseBody { get; }

    /// <summary>Detects a disconnect of the client while the proxy waits for the backend.</summary>
    public PeerWatch Watch { get; } = new();

    /// <summary>The backend connections that serve this client alone; null when there are none.</summary>
    public BoundConnections? Bound { get; set; }

    /// <summary>The client's connection.</summary>
    public Connection Client { get; private set; } = null!;

    /// <summary>The peer of the client's connection.</summary>
    public ClientInfo ClientInfo { get; private set; } = null!;

    /// <summary>The route and the backend that was chosen last, or why there is none.</summary>
    public Choice Choice { get; set; }

    /// <summary>
    /// The backend connection in use; null when there is none. Another thread reads it to abort the exchange.
    /// </summary>
    public Connection? Backend
    {
        get => _backend;
        set => _backend = value;
    }

    /// <summary>Why the request head was rejected; not set by other failures.</summary>
    public Rejection Rejection { get; set; }

    /// <summary>Details of the failure for the error log; null when there are none.</summary>
    public string? Detail { get; set; }

    /// <summary>The backend that this exchange has already logged as dead; null for none.</summary>
    public Backend? LoggedDead { get; set; }

    /// <summary>The number of backend connections requested so far, successful or not.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether the last of these connections had served an earlier exchange.</summary>
    public bool IsReused { get; private set; }

    /// <summary>The failure that ended the exchange, if any.</summary>
    public Failure Failure { get; set; }

    /// <summary>How the host's route was found.</summary>
    public RouteLookup Lookup { get; set; }

    /// <summary>Whether the exchange counts as in flight; used by <see cref="ExchangeMeter"/> only.</summary>
    public bool IsMetered { get; set; }

    /// <summary>The status code sent to the client; 0 before one is sent.</summary>
    public int Status { get; set; }

    /// <summary>Body bytes of a response that the proxy generated.</summary>
    public long AnswerBytes { get; set; }

    /// <summary>Body bytes sent to the client, framing excluded.</summary>
    public long BodyBytes => AnswerBytes + ResponseBody.DataBytes;

    /// <summary>
    /// Whether part of the final response may have reached the client, so that no other response can be sent.
    /// </summary>
    public bool IsAnswered { get; set; }

    /// <summary>Whether at least one byte of a response was received from the backend.</summary>
    public bool HasResponseBytes { get; set; }

    /// <summary>Whether a complete interim or final response head was received from the backend.</summary>
    public bool HasResponseHead { get; set; }

    /// <summary>Whether the backend sent 100 (Continue), so it reads the request body.</summary>
    public bool IsContinued { get; set; }

    /// <summary>
    /// Whether the backend may answer without reading the request body: it has not requested it with 100, or the
    /// method gives a body no meaning (RFC 9110 §9.3.1, §10.1.1). The backend could then take the unread body for the
    /// next request, so its connection must not be reused.
    /// </summary>
    public bool MayLeaveBody => Request.Framing.HasBody &&
        (Request.Method is Method.Get or Method.Head or Method.Trace ||
            (!IsContinued && Request.Has(FieldName.Expect)));

    /// <summary>What the client connection does after the exchange.</summary>
    public Disposition Disposition { get; set; }

    /// <summary>The tunnel between client and backend after they switched protocols; null before.</summary>
    public Tunnel? Tunnel { get; set; }

    /// <summary>The request id that the proxy generated, in ASCII; empty when it generated none.</summary>
    public ReadOnlySpan<byte> RequestId => _requestId.AsSpan(0, RequestIdLength);

    /// <summary>Bytes of the generated request id; 0 when the client sent one or none is configured.</summary>
    public int RequestIdLength { get; private set; }

    /// <summary>Whether the client requested debug headers with X-Debug-Router.</summary>
    public bool IsDebug => !Request.TextOf(FieldName.XDebugRouter).IsEmpty;

    /// <summary>
    /// Whether the request may be sent again. With a body: nothing of the body was sent, so the backend never had a
    /// complete request. Without one: the method is idempotent (RFC 9110 §9.2.2).
    /// </summary>
    public bool IsRepeatable => Request.Framing.HasBody ? RequestBody.WireBytes == 0 : Request.IsIdempotent;

    /// <summary>The current phase, for diagnostics; another thread may read it.</summary>
    public ConnectionStage Stage => IsAnswered || Status != 0 ? ConnectionStage.Sending
        : Choice.Backend is not null ? ConnectionStage.WaitingForBackend
        : ConnectionStage.ReadingHead;

    /// <summary>
    /// Returns the requested host, for diagnostics; null when there is none. Read without a lock, so it may be stale.
    /// </summary>
    public string? TryGetHost()
    {
        try
        {
            return Encoding.Latin1.GetString(Request[Request.Host]);
        }
        catch (Exception e) when (e is ArgumentException or NullReferenceException or IndexOutOfRangeException)
        {
            // The owning task is reading another request.
            return null;
        }
    }

    /// <summary>Resets the exchange for the next request of a client.</summary>
    public void Begin(Connection client, ClientInfo clientInfo)
    {
        (Client, ClientInfo) = (client, clientInfo);
        Request.IsUntrusted = clientInfo.IsUntrusted;
        Timing.Begin();
        (Choice, Detail, LoggedDead) = (default, null, null);
        (Status, AnswerBytes, IsAnswered, IsContinued) = (0, 0, false, false);
        (HasResponseBytes, HasResponseHead) = (false, false);
        (Disposition, Tunnel, RequestIdLength) = (Disposition.Close, null, 0);
        (Failure, Lookup) = (Failure.None, RouteLookup.None);
        (Attempts, IsReused) = (0, false);
        RequestBody.Reset();
        ResponseBody.Reset();
    }

    /// <summary>Counts the request for a backend connection; null when none could be opened.</summary>
    public void CountAttempt(BackendConnection? connection)
    {
        Attempts++;
        IsReused = connection?.IsReused == true;
    }

    /// <summary>Releases what the exchange holds before it returns to the pool.</summary>
    public void End()
    {
        (Tunnel, Bound) = (null, null);
        Request.Trim();
        Response.Trim();
        Client = null!;
    }

    /// <summary>Generates a version 4 UUID (RFC 9562 §5.4) as the request id.</summary>
    public void MakeRequestId() => RequestIdLength = Guid.NewGuid().TryFormat(_requestId, out var length) ? length : 0;
}
