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

/// <summary>One request and its response. Reused; owned by one client connection at a time.</summary>
internal sealed class Exchange
{
    private readonly byte[] _requestId = new byte[36];
    private volatile Connection? _backend;

    /// <param name="protocol">The version of HTTP that clients use.</param>
    /// <param name="backends">The version of HTTP that backends use.</param>
    /// <param name="deadlines">The clock of its waits.</param>
    /// <param name="requestLimit">How long a backend may take (<c>--request-timeout</c>); zero is no limit.</param>
    public Exchange(ClientProtocol protocol, BackendProtocol backends, Deadlines deadlines, TimeSpan requestLimit)
    {
        Protocol = protocol;
        var upload = new BodyPump(protocol.NewRequestBodyReader(), backends.RequestBodyWriter);
        RequestBody = new RequestUpload(upload, Watch, deadlines, requestLimit);
        ResponseBody = new BodyPump(backends.NewResponseBodyReader(), protocol.ResponseBodyWriter, Watch);
    }

    /// <summary>The version of HTTP that the client uses.</summary>
    public ClientProtocol Protocol { get; }

    /// <summary>When it began and ended, and what it waited for.</summary>
    public ExchangeTiming Timing { get; } = new();

    public RequestHead Request { get; } = new();

    public ResponseHead Response { get; } = new();

    /// <summary>How the request's body is sent on.</summary>
    public BodyPlan RequestPlan => BodyPlans.For(Request.Framing, ProtocolVersion.Http11);

    /// <summary>How the final response's body is sent on.</summary>
    public BodyPlan ResponsePlan => BodyPlans.For(Response.Framing, Request.Version);

    /// <summary>The request's body on its way to the backend.</summary>
    public RequestUpload RequestBody { get; }

    /// <summary>The response's body on its way to the client.</summary>
    public BodyPump ResponseBody { get; }

    /// <summary>Watches the client while the backend is waited for.</summary>
    public PeerWatch Watch { get; } = new();

    /// <summary>Backend connections that serve no other client; null while there are none.</summary>
    public BoundConnections? Bound { get; set; }

    public Connection Client { get; private set; } = null!;

    /// <summary>Who is at the other end of it.</summary>
    public ClientInfo ClientInfo { get; private set; } = null!;

    public Choice Choice { get; set; }

    /// <summary>The connection to the backend while one is spoken with, for whoever ends it from outside.</summary>
    public Connection? Backend
    {
        get => _backend;
        set => _backend = value;
    }

    /// <summary>Why the request's head was refused; says nothing about other failures.</summary>
    public Rejection Rejection { get; set; }

    /// <summary>The system's words for the failure, for the error log.</summary>
    public string? Detail { get; set; }

    /// <summary>The backend whose death this exchange has brought into the error log; null for none.</summary>
    public Backend? LoggedDead { get; set; }

    /// <summary>Connections to backends that were asked for.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether the last of them had served before.</summary>
    public bool IsReused { get; private set; }

    /// <summary>What went wrong, if anything did.</summary>
    public Failure Failure { get; set; }

    /// <summary>How the host's route was found.</summary>
    public RouteLookup Lookup { get; set; }

    /// <summary>It is being counted as in flight; the <see cref="ExchangeMeter"/>'s business alone.</summary>
    public bool IsMetered { get; set; }

    /// <summary>The status code sent to the client; 0 when none was.</summary>
    public int Status { get; set; }

    /// <summary>Bytes of body sent to the client when the proxy itself answered.</summary>
    public long AnswerBytes { get; set; }

    /// <summary>Bytes of body sent to the client.</summary>
    public long BodyBytes => AnswerBytes + ResponseBody.DataBytes;

    /// <summary>Part of the final response may have reached the client: no other answer can be given.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Something of a response came from the backend.</summary>
    public bool HasResponseBytes { get; set; }

    /// <summary>A whole head of a response came from the backend, interim or final.</summary>
    public bool HasResponseHead { get; set; }

    /// <summary>The backend said 100: it reads the body.</summary>
    public bool IsContinued { get; set; }

    /// <summary>
    /// A backend may answer without having read the body, when it did not ask for it or the method gives none a meaning
    /// (RFC 9110 §9.3.1, §10.1.1): it could take what it left for the next request.
    /// </summary>
    public bool MayLeaveBody => Request.Framing.HasBody &&
        (Request.Method is Method.Get or Method.Head or Method.Trace ||
            (!IsContinued && Request.Has(FieldName.Expect)));

    public Disposition Disposition { get; set; }

    /// <summary>What both sides are to speak through after they switched protocols; null before.</summary>
    public Tunnel? Tunnel { get; set; }

    /// <summary>The request id that goes to the backend; empty when none is configured.</summary>
    public ReadOnlySpan<byte> RequestId => _requestId.AsSpan(0, RequestIdLength);

    /// <summary>Bytes of a request id that was made here; 0 when the client sent one.</summary>
    public int RequestIdLength { get; private set; }

    /// <summary>X-Debug-Router asks for the routing to be told in the answer.</summary>
    public bool IsDebug => !Request.TextOf(FieldName.XDebugRouter).IsEmpty;

    /// <summary>
    /// Whether the backend cannot have acted on it, or may act twice: a body of which nothing was sent leaves the
    /// request incomplete; without a body the method decides (RFC 9110 §9.2.2).
    /// </summary>
    public bool IsRepeatable => Request.Framing.HasBody ? RequestBody.WireBytes == 0 : Request.IsIdempotent;

    /// <summary>How far it is; for whoever looks from outside.</summary>
    public ConnectionStage Stage => IsAnswered || Status != 0 ? ConnectionStage.Sending
        : Choice.Backend is not null ? ConnectionStage.WaitingForBackend
        : ConnectionStage.ReadingHead;

    /// <summary>The host asked for, for whoever looks from outside: it may change under his eyes.</summary>
    public string? TryGetHost()
    {
        try
        {
            return Encoding.Latin1.GetString(Request[Request.Host]);
        }
        catch (Exception e) when (e is ArgumentException or NullReferenceException or IndexOutOfRangeException)
        {
            // It changed: another request is being read.
            return null;
        }
    }

    public void Begin(Connection client, ClientInfo caller)
    {
        (Client, ClientInfo) = (client, caller);
        Request.IsDistrusted = caller.IsDistrusted;
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

    /// <summary>A connection to a backend was asked for, and there is one, perhaps an old one, or none.</summary>
    public void CountAttempt(BackendConnection? connection)
    {
        Attempts++;
        IsReused = connection?.IsReused == true;
    }

    public void End()
    {
        (Tunnel, Bound) = (null, null);
        Request.Trim();
        Response.Trim();
        Client = null!;
    }

    /// <summary>Makes a version 4 UUID (RFC 9562 §5.4) the request's id.</summary>
    public void MakeRequestId() => RequestIdLength = Guid.NewGuid().TryFormat(_requestId, out var length) ? length : 0;
}
