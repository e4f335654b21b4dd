using System.Threading.Tasks.Sources;

namespace Proxy.Core.Transport;

/// <summary>
/// The one operation that may wait in one direction of a socket, and whether that direction is ready. Readiness is
/// reported once (edge-triggered), so a direction counts as ready until a system call has returned EAGAIN, and nothing
/// waits while it is ready. <see cref="ClearReady"/> comes before the call: an edge that arrives during the call is
/// never lost. <see cref="TrySignal"/> returns true to exactly one caller, which then owns the waiting operation.
/// </summary>
/// <param name="isReady">Whether a system call may succeed before readiness was reported.</param>
/// <remarks>A mutable struct: a field of its owner, never copied.</remarks>
internal struct PendingOperation<TResult>(bool isReady)
{
    private const int NotReady = 0, Ready = 1, Waiting = 2;

    private ManualResetValueTaskSourceCore<TResult> _source;
    private int _state = isReady ? Ready : NotReady;

    /// <summary>The current operation, for a <see cref="ValueTask{TResult}"/>.</summary>
    public readonly short Version => _source.Version;

    /// <summary>Whether a system call may succeed.</summary>
    public bool IsReady => Volatile.Read(ref _state) == Ready;

    /// <summary>A system call follows that may return EAGAIN.</summary>
    public void ClearReady() => Interlocked.Exchange(ref _state, NotReady);

    /// <summary>The system call did not return EAGAIN; nothing can be waiting.</summary>
    public void SetReady() => Volatile.Write(ref _state, Ready);

    /// <summary>Marks the direction ready, from any thread; true if an operation waited, which has to resume.</summary>
    public bool TrySignal() =>
        Volatile.Read(ref _state) != Ready && Interlocked.Exchange(ref _state, Ready) == Waiting;

    /// <summary>Waits unless the direction has become ready.</summary>
    public bool TryWait() => Interlocked.CompareExchange(ref _state, Waiting, NotReady) == NotReady;

    /// <summary>Waits even if the direction is ready; the owner signals itself later.</summary>
    public void Wait() => Interlocked.Exchange(ref _state, Waiting);

    /// <summary>A new operation begins.</summary>
    public void Reset() => _source.Reset();

    /// <summary>Completes the operation: its continuation runs here.</summary>
    public void SetResult(TResult result) => _source.SetResult(result);

    /// <summary>Completes the operation with a fault.</summary>
    public void SetException(Exception fault) => _source.SetException(fault);

    /// <summary>Returns the result of the operation with this version.</summary>
    public TResult GetResult(short version) => _source.GetResult(version);

    /// <summary>Returns whether the operation with this version has completed.</summary>
    public ValueTaskSourceStatus GetStatus(short version) => _source.GetStatus(version);

    /// <summary>Sets the continuation: it runs where the operation completes, in no other context.</summary>
    public void OnCompleted(
        Action<object?> continuation, object? state, short version, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(
            continuation, state, version, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);
}
