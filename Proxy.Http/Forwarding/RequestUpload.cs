using Proxy.Core.Transport;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// The body of one request on its way to the backend, alongside the wait for the response. Whatever the client sent
/// before it broke off reaches the backend, which then sees the end of the stream, and by the framing that the request
/// is not complete.
/// </summary>
/// <param name="pump">Moves the bytes; nothing else uses it.</param>
/// <param name="watch">Watches the client while the response is awaited.</param>
/// <param name="deadlines">The clock.</param>
/// <param name="limit">How long the backend may make no progress (<c>--request-timeout</c>); zero is no limit.</param>
internal sealed class RequestUpload(BodyPump pump, PeerWatch watch, Deadlines deadlines, TimeSpan limit)
{
    // How often progress is looked for: a quarter of the limit, between these two.
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

    /// <summary>Whether the client's connection stands behind the request's body.</summary>
    public bool IsTaken => _task is null || pump.IsSourceDone;

    /// <summary>The client broke off, or broke the rules: its request will never be complete.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>Whether some of the body has not reached the backend, as far as is known.</summary>
    public bool IsStalled => _task is not null && (!pump.IsSourceDone || _backend.SendProgress.IsPending);

    /// <summary>Bytes of content that were sent to the backend.</summary>
    public long DataBytes => pump.DataBytes;

    /// <summary>Bytes taken from the client, framing included.</summary>
    public long WireBytes => pump.WireBytes;

    public void Reset()
    {
        (_task, _isBroken) = (null, false);
        pump.Reset();
    }

    /// <summary>Lets the body flow to the backend, which is read only as long as it makes progress.</summary>
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

    /// <summary>The backend has asked for the body (100): its client has its own time for that.</summary>
    public void Continue() => _isContinueAwaited = false;

    /// <summary>
    /// Whether the backend, whose read deadline has passed, has time left: while the client keeps it waiting for the
    /// body, and for the limit after the last byte that it took. A client that waits for 100 (RFC 9110 §10.1.1) keeps
    /// no backend waiting.
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
    /// Ends the upload, be it finished or not; without a body it is complete from the beginning. When only the last
    /// bytes are on their way they may arrive, until <paramref name="lastBytesBy"/>.
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

    // A backend that waits for the rest of a body that does not come must see that, and is not waited for itself.
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
