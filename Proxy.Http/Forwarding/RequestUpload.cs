using Proxy.Core.Transport;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// The transfer of one request body to the backend, alongside the wait for the response. If the client disconnects, the
/// bytes it sent before still reach the backend, followed by the end of the stream; the framing shows the backend that
/// the request is incomplete.
/// </summary>
/// <param name="pump">Forwards the bytes; nothing else uses it.</param>
/// <param name="watch">Detects a disconnect of the client during the wait for the response.</param>
/// <param name="deadlines">The clock for the limit.</param>
/// <param name="limit">How long the backend may make no progress (<c>--request-timeout</c>); zero for no limit.</param>
internal sealed class RequestUpload(BodyPump pump, PeerWatch watch, Deadlines deadlines, TimeSpan limit)
{
    // The interval of the progress checks is a quarter of the limit, within these bounds.
    private static readonly TimeSpan CheckEveryMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckEveryMin = TimeSpan.FromMilliseconds(100);
    private Task<BodyEnd>? _task;
    private Connection _client = null!;
    private Connection _backend = null!;
    private readonly long _limit = (long)limit.TotalMilliseconds;
    private volatile bool _isBroken;
    private bool _isContinueAwaited;
    private long _progressedAt;
    private long _wireBytes;
    private long _acknowledgedBytes;
    private bool _wasPending;

    /// <summary>Whether the request body has been read from the client to its end.</summary>
    public bool IsReadToEnd => _task is null || pump.IsSourceDone;

    /// <summary>
    /// Whether the client disconnected, was too slow or sent a malformed body: the request will never be complete.
    /// </summary>
    public bool IsBroken => _isBroken;

    /// <summary>Whether part of the body is unsent or has not been acknowledged by the backend.</summary>
    public bool IsStalled => _task is not null && (!pump.IsSourceDone || _backend.SendProgress.IsPending);

    /// <summary>Bytes of content forwarded to the backend, framing excluded.</summary>
    public long DataBytes => pump.DataBytes;

    /// <summary>Bytes consumed from the client, framing included.</summary>
    public long WireBytes => pump.WireBytes;

    /// <summary>Resets the state for an exchange without a request body.</summary>
    public void Reset()
    {
        (_task, _isBroken) = (null, false);
        pump.Reset();
    }

    /// <summary>Starts the upload, and limits the wait for the backend as long as it makes no progress.</summary>
    public void Begin(Connection client, Connection backend, BodyPlan plan, Head request)
    {
        (_client, _backend, _progressedAt) = (client, backend, deadlines.Now);
        (_acknowledgedBytes, _wasPending) = (0, false);
        _isContinueAwaited = request.Has(FieldName.Expect);
        backend.WriteBy(0);
        CheckLater(_progressedAt);
        pump.Begin(client, backend, plan, request);
        watch.IsHeld = true;
        var upload = RunAsync();
        _task = upload.IsCompletedSuccessfully ? Task.FromResult(upload.Result) : upload.AsTask();
        _wireBytes = pump.WireBytes;
    }

    /// <summary>
    /// Records that the backend requested the body with 100: from now on the client's own deadline applies.
    /// </summary>
    public void Continue() => _isContinueAwaited = false;

    /// <summary>
    /// Returns whether a backend whose read deadline has passed gets more time: while it waits for the client's body,
    /// and for the limit after the last byte that it accepted. A client that waits for 100 (RFC 9110 §10.1.1) does not
    /// extend the time, because the backend is not waiting for it.
    /// </summary>
    public bool TryExtend()
    {
        if (_task is null) return false;
        var now = deadlines.Now;
        var sent = _backend.SendProgress;
        var isAcknowledged = sent.AcknowledgedBytes != _acknowledgedBytes && (sent.IsPending || _wasPending);
        var isClientsTurn = pump.IsAwaitingSource && (!_isContinueAwaited || pump.WireBytes > 0);
        if (isClientsTurn || pump.WireBytes != _wireBytes || isAcknowledged) _progressedAt = now;
        (_wireBytes, _acknowledgedBytes, _wasPending) = (pump.WireBytes, sent.AcknowledgedBytes, sent.IsPending);
        if (now - _progressedAt >= _limit) return false;
        CheckLater(now);
        return true;
    }

    /// <summary>
    /// Ends the upload, finished or not, and returns how it ended; complete when there is no body. If only the last
    /// bytes are still being sent, they get until <paramref name="lastBytesBy"/>.
    /// </summary>
    public async ValueTask<BodyEnd> EndAsync(long lastBytesBy)
    {
        if (_task is null) return BodyEnd.Complete;
        if (_task.IsCompleted || _isBroken) return await _task;
        if (pump.IsSourceDone)
        {
            _backend.WriteBy(lastBytesBy);
        }
        else
        {
            pump.Stop();
            _backend.Abort();
        }

        return await _task;
    }

    private void CheckLater(long now)
    {
        var interval = Math.Clamp(
            _limit / 4, (long)CheckEveryMin.TotalMilliseconds, (long)CheckEveryMax.TotalMilliseconds);
        _backend.ReadBy(_limit <= 0 ? 0 : Math.Min(now + interval, Math.Max(now + 1, _progressedAt + _limit)));
    }

    // A backend that waits for the rest of an incomplete body must see the end of the stream, and its response is no
    // longer awaited.
    private async ValueTask<BodyEnd> RunAsync()
    {
        var end = await pump.RunAsync();
        watch.IsHeld = false;
        if (end == BodyEnd.Complete) _client.CheckForFin();
        if (end is BodyEnd.Complete or BodyEnd.SinkGone or BodyEnd.Stopped) return end;
        _isBroken = true;
        await _backend.EndIncompleteAsync();
        watch.EndWait();
        return end;
    }
}
