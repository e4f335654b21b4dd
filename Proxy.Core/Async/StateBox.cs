using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Proxy.Core.Async;

/// <summary>The state of an async method that waits, and the task that its caller awaits.</summary>
internal abstract class StateBox<TResult> : IValueTaskSource<TResult>
{
    private ManualResetValueTaskSourceCore<TResult> _core;

    protected StateBox() => Continuation = MoveNext;

    public Action Continuation { get; }

    public short Version => _core.Version;

    public void SetResult(TResult result) => _core.SetResult(result);

    public void SetException(Exception exception) => _core.SetException(exception);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, ValueTaskSourceOnCompletedFlags.None);

    /// <summary>Returns the result; afterwards the box belongs to the next call.</summary>
    public TResult GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Return();
        }
    }

    protected abstract void MoveNext();

    protected abstract void Return();
}

/// <summary>The box of one method; each thread pools those that are not in use.</summary>
internal sealed class StateBox<TResult, TStateMachine> : StateBox<TResult>
    where TStateMachine : IAsyncStateMachine
{
    private const int IdlePerThread = 512;

    [ThreadStatic]
    private static StateBox<TResult, TStateMachine>?[]? _idle;

    [ThreadStatic]
    private static int _count;

    private TStateMachine _machine = default!;

    public TStateMachine Machine
    {
        set => _machine = value;
    }

    public static StateBox<TResult, TStateMachine> Rent()
    {
        if (_count == 0) return new StateBox<TResult, TStateMachine>();
        var box = _idle![--_count]!;
        _idle[_count] = null;
        return box;
    }

    protected override void MoveNext() => _machine.MoveNext();

    protected override void Return()
    {
        _machine = default!;
        _idle ??= new StateBox<TResult, TStateMachine>?[IdlePerThread];
        if (_count < IdlePerThread) _idle[_count++] = this;
    }
}
