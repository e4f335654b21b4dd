using System.Diagnostics;
using System.Text;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Selection;
using Proxy.Core.Transport;
using Proxy.Http1.Grammar;
using Proxy.Http1.Metrics;

namespace Proxy.Http1;

/// <summary>One request and its response. Reused; owned by one client connection at a time.</summary>
internal sealed class Exchange
{
    private readonly byte[] _requestId = new byte[36];
    private long _waited;
    private long _waitsSince;
    private long _relayedAt;
    private long _endedAt;
    private long _restartedAt;
    private volatile Connection? _backend;

    /// <param name="deadlines">The clock of its waits.</param>
    /// <param name="requestLimit">How long a backend may take (<c>--request-timeout</c>); zero is no limit.</param>
    public Exchange(Deadlines deadlines, TimeSpan requestLimit)
    {
        Download = new BodyPump(Watch);
        RequestBody = new RequestUpload(Upload, Watch, deadlines, requestLimit);
    }

    /// <summary>
    /// Whether somebody reads what the proxy's own work takes, to which the time of a turn is too coarse: two more
    /// readings of the clock.
    /// </summary>
    public bool IsOwnTimeRead { get; init; }

    public RequestHead Request { get; } = new();

    public ResponseHead Response { get; } = new();

    /// <summary>How the request's body is sent on.</summary>
    public BodyPlan RequestPlan => BodyPlans.For(Request.Framing, ProtocolVersion.Http11);

    /// <summary>How the final response's body is sent on.</summary>
    public BodyPlan ResponsePlan => BodyPlans.For(Response.Framing, Request.Version);

    public BodyPump Upload { get; } = new();

    public BodyPump Download { get; }

    /// <summary>The request's body on its way to the backend.</summary>
    public RequestUpload RequestBody { get; }

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

    /// <summary>When the request head had been read, in <see cref="Stopwatch"/> ticks.</summary>
    public long StartedAt { get; private set; }

    /// <summary>Since when a backend's time for its answer counts, in <see cref="Stopwatch"/> ticks.</summary>
    public long AnswerTimeFrom => _restartedAt == 0 ? StartedAt : _restartedAt;

    /// <summary>When a backend was asked for the response, in <see cref="Stopwatch"/> ticks.</summary>
    public long BackendRequestedAt { get; set; }

    /// <summary>From asking a backend to the head of its response; zero when none was asked.</summary>
    public TimeSpan BackendTime { get; set; }

    /// <summary>From the request's head to the end of the exchange, or until now.</summary>
    public TimeSpan TotalTime =>
        Stopwatch.GetElapsedTime(StartedAt, _endedAt == 0 ? TurnClock.Now : _endedAt);

    /// <summary>
    /// What of it was the proxy's doing: until the response's head, and what came with it, was on its way to the
    /// client; waits for the backend not counted. Null when no response was passed on.
    /// </summary>
    public TimeSpan? OwnTime => _relayedAt == 0 ? null : Stopwatch.GetElapsedTime(StartedAt + _waited, _relayedAt);

    /// <summary>Waits for the backend, for being connected and for the head of its response.</summary>
    public TimeSpan WaitedTime => Stopwatch.GetElapsedTime(0, _waited);

    /// <summary>Connecting to backends, all tries together.</summary>
    public TimeSpan ConnectTime { get; private set; }

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

    public long BodyBytes => AnswerBytes + Download.DataBytes;

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
    public bool IsRepeatable => Request.Framing.HasBody ? Upload.WireBytes == 0 : Request.IsIdempotent;

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
        StartedAt = TurnClock.Now;
        (Choice, Detail, LoggedDead, BackendTime) = (default, null, null, default);
        (Status, AnswerBytes, IsAnswered, IsContinued) = (0, 0, false, false);
        (HasResponseBytes, HasResponseHead) = (false, false);
        (Disposition, Tunnel, RequestIdLength) = (Disposition.Close, null, 0);
        (Failure, Lookup) = (Failure.None, RouteLookup.None);
        (_waited, _waitsSince, _relayedAt, _endedAt, _restartedAt) = (0, 0, 0, 0, 0);
        (ConnectTime, Attempts, IsReused) = (default, 0, false);
        Upload.Reset();
        Download.Reset();
        RequestBody.Reset();
    }

    /// <summary>The request's head is there only now: what its client took is not our time.</summary>
    public void StartNow() => StartedAt = TurnClock.Now;

    /// <summary>The request is sent again; before, the client may have kept the backend waiting for the body.</summary>
    public void RestartAnswerTime()
    {
        if (Request.Framing.HasBody) _restartedAt = TurnClock.Now;
    }

    /// <summary>So many <see cref="Stopwatch"/> ticks passed in waiting for a backend.</summary>
    public void AddWait(long ticks) => _waited += ticks;

    /// <summary>The backend has the request, and takes its time.</summary>
    public void BeginWait() => _waitsSince = FineNow;

    /// <summary>The backend has answered, or will not; a second call does nothing.</summary>
    public void EndWait()
    {
        if (_waitsSince == 0) return;
        var now = TurnClock.Now;
        BackendTime = Stopwatch.GetElapsedTime(BackendRequestedAt, now);

        // What was there in the turn of asking was not waited for.
        AddWait(Math.Max(0, now - _waitsSince));
        _waitsSince = 0;
    }

    /// <summary>A connection to a backend was to be made, and took so many ticks.</summary>
    public void AddConnectTime(long ticks)
    {
        AddWait(ticks);
        ConnectTime += Stopwatch.GetElapsedTime(0, ticks);
    }

    /// <summary>A connection to a backend was asked for, and there is one, perhaps an old one, or none.</summary>
    public void CountAttempt(BackendConnection? connection)
    {
        Attempts++;
        IsReused = connection?.IsReused == true;
    }

    /// <summary>The response's head has been passed on, and everything after it if <paramref name="isOver"/>.</summary>
    public void OnHeadForwarded(bool isOver)
    {
        _relayedAt = FineNow;
        if (isOver) _endedAt = _relayedAt;
    }

    /// <summary>The exchange is over: its time stands still.</summary>
    public void Finish()
    {
        if (_endedAt == 0) _endedAt = TurnClock.Now;
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

    /// <summary>Passes the response's body on, and its head before it.</summary>
    public ValueTask<BodyEnd> DownloadAsync(BackendConnection backend)
    {
        Download.Begin(backend.Connection, Client, ResponsePlan, Response);
        return Download.RunAsync();
    }

    private long FineNow => IsOwnTimeRead ? Stopwatch.GetTimestamp() : TurnClock.Now;
}
