using System.Diagnostics;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>What becomes of a client's connection after an exchange.</summary>
internal enum Next : byte
{
    /// <summary>The next request may follow.</summary>
    KeepAlive,

    /// <summary>Everything was read and answered; close in order.</summary>
    Close,

    /// <summary>The client may still be sending: close so that the answer survives it.</summary>
    Linger,

    /// <summary>What was sent is not complete, and the client must be able to tell.</summary>
    Cut,
}

/// <summary>One request and its response. Reused; owned by one client connection at a time.</summary>
internal sealed class Exchange
{
    private readonly byte[] _requestId = new byte[36];
    private Task<BodyEnd>? _upload;

    public RequestHead Request { get; } = new();

    public ResponseHead Response { get; } = new();

    public BodyPump Upload { get; } = new();

    public BodyPump Download { get; } = new();

    public Connection Client { get; private set; } = null!;

    /// <summary>Who is at the other end of it.</summary>
    public Caller Caller { get; private set; } = null!;

    /// <summary>The address at the other end of it, as text.</summary>
    public byte[] ClientAddress => Caller.Address;

    public Choice Choice { get; set; }

    /// <summary>The system's words for the failure, for the error log.</summary>
    public string? Detail { get; set; }

    /// <summary>When the request head had been read, in <see cref="Stopwatch"/> ticks.</summary>
    public long StartedAt { get; private set; }

    /// <summary>From asking a backend to the head of its response; zero when none was asked.</summary>
    public TimeSpan BackendTime { get; set; }

    /// <summary>Connecting to backends, all tries together.</summary>
    public TimeSpan ConnectTime { get; set; }

    /// <summary>Connections to backends that were asked for.</summary>
    public int Tries { get; set; }

    /// <summary>Whether the last of them had served before.</summary>
    public bool IsReused { get; set; }

    /// <summary>
    /// When the backend had been sent the request's head, in <see cref="Stopwatch"/> ticks; 0 when it was not.
    /// </summary>
    public long SentAt { get; set; }

    /// <summary>When the head of its response had been read, or its failure was known.</summary>
    public long HeadAt { get; set; }

    /// <summary>When that was written for the client.</summary>
    public long PassedOnAt { get; set; }

    /// <summary>What the proxy itself took: all but waiting for backends, and for bodies.</summary>
    public TimeSpan OwnTime
    {
        get
        {
            var before = SentAt == 0 ? TotalTime : Stopwatch.GetElapsedTime(StartedAt, SentAt);
            var behind = PassedOnAt == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(HeadAt, PassedOnAt);
            return before - ConnectTime + behind;
        }
    }

    public TimeSpan TotalTime => Stopwatch.GetElapsedTime(StartedAt);

    /// <summary>The status code sent to the client; 0 when none was.</summary>
    public int Status { get; set; }

    /// <summary>Bytes of body sent to the client when the proxy itself answered.</summary>
    public long AnswerBytes { get; set; }

    public long BodyBytes => AnswerBytes + Download.DataBytes;

    /// <summary>Part of the final response may have reached the client: no other answer can be given.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Something of a response came from the backend.</summary>
    public bool HasResponseBytes { get; set; }

    /// <summary>The backend said 100: it reads the body.</summary>
    public bool IsContinued { get; set; }

    /// <summary>
    /// A backend may answer without having read the body, when it did not ask for it or the method gives none a meaning
    /// (RFC 9110 §9.3.1, §10.1.1): it could take what it left for the next request.
    /// </summary>
    public bool MayLeaveBody => Request.Framing.HasBody &&
        (Request.Method is Method.Get or Method.Head or Method.Trace ||
            (!IsContinued && Request.CountOf(FieldName.Expect) > 0));

    public Next Next { get; set; }

    /// <summary>What both sides speak through after they switched protocols; null before.</summary>
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

    public void Begin(Connection client, Caller caller)
    {
        (Client, Caller) = (client, caller);
        Request.IsDistrusted = caller.IsDistrusted;
        StartedAt = Stopwatch.GetTimestamp();
        (Choice, Detail, BackendTime) = (default, null, default);
        (Status, AnswerBytes, IsAnswered, HasResponseBytes, IsContinued) = (0, 0, false, false, false);
        (Next, Tunnel, RequestIdLength, _upload) = (Next.Close, null, 0, null);
        (ConnectTime, Tries, IsReused, SentAt, HeadAt, PassedOnAt) = (default, 0, false, 0, 0, 0);
        Upload.Reset();
        Download.Reset();
    }

    /// <summary>Gives back what is not needed until the end of a tunnel, which may be days away.</summary>
    public void Shrink()
    {
        Response.Reset();
        Response.Shrink();
        Request.Shrink();
    }

    public void End()
    {
        Tunnel = null;
        Request.Trim();
        Response.Trim();
        Client = null!;
    }

    /// <summary>Makes a version 4 UUID (RFC 9562 §5.4) the request's id.</summary>
    public void MakeRequestId() => RequestIdLength = Guid.NewGuid().TryFormat(_requestId, out var length) ? length : 0;

    /// <summary>Lets the request's body flow while the response is awaited.</summary>
    public void BeginUpload(BackendConnection backend)
    {
        var mode = Request.Framing.Kind == BodyKind.Chunked ? PumpMode.Chunked : PumpMode.Length;
        Upload.Begin(Client, backend.Connection, mode, Request);
        var upload = UploadAsync(backend.Connection);
        _upload = upload.IsCompletedSuccessfully ? Task.FromResult(upload.Result) : upload.AsTask();
    }

    /// <summary>Passes the response's body on, and its head before it.</summary>
    public ValueTask<BodyEnd> DownloadAsync(BackendConnection backend)
    {
        var mode = Response.Framing.Kind switch
        {
            BodyKind.None => PumpMode.None,
            BodyKind.Length => PumpMode.Length,
            BodyKind.Chunked => Request.Minor == 1 ? PumpMode.Chunked : PumpMode.ChunkedToClose,
            _ => Request.Minor == 1 ? PumpMode.UntilCloseToChunked : PumpMode.UntilClose,
        };
        Download.Begin(backend.Connection, Client, mode, Response);
        return Download.RunAsync();
    }

    /// <summary>
    /// Ends the upload, be it finished or not; without a body it is complete from the beginning. When only the last
    /// bytes are on their way they may arrive, until <paramref name="lastBytesBy"/>.
    /// </summary>
    public async ValueTask<BodyEnd> EndUploadAsync(Connection backend, long lastBytesBy)
    {
        if (_upload is null) return BodyEnd.Complete;
        if (_upload.IsCompleted) return await _upload;
        if (Upload.IsSourceDone)
        {
            backend.WriteBy(lastBytesBy);
        }
        else
        {
            Upload.Stop();
            backend.Abort();
        }

        return await _upload;
    }

    /// <summary>Whether the client's connection stands behind the request's body.</summary>
    public bool IsUploaded => _upload is null || Upload.IsSourceDone;

    // A body that ends wrongly leaves the backend waiting for the rest: it must not wait, nor take it for complete.
    private async ValueTask<BodyEnd> UploadAsync(Connection backend)
    {
        var end = await Upload.RunAsync();
        if (end is not (BodyEnd.Complete or BodyEnd.SinkGone)) backend.Abort();
        return end;
    }
}
