using System.Runtime.CompilerServices;

namespace Proxy.Core.Async;

/// <summary>
/// Builds async methods whose state, once they have to wait, is held by a pooled object. The runtime's own pool keeps
/// one object per thread and method, which is not enough when many connections wait at once. The result is awaited
/// once, as with any <see cref="ValueTask{TResult}"/>; no execution context is captured.
/// </summary>
public struct PooledMethodBuilder<TResult>
{
    private StateBox<TResult>? _box;
    private Exception? _exception;
    private TResult _result;

    /// <summary>The task that the method returned.</summary>
    public readonly ValueTask<TResult> Task =>
        _box is not null ? new ValueTask<TResult>(_box, _box.Version)
        : _exception is not null ? ValueTask.FromException<TResult>(_exception)
        : new ValueTask<TResult>(_result);

    /// <summary>Starts a call.</summary>
#pragma warning disable CA1000 // the compiler calls it by this name
    public static PooledMethodBuilder<TResult> Create() => default;
#pragma warning restore CA1000

    /// <summary>Runs the method to its first wait.</summary>
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Not needed: the state is moved by value.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine) => _ = stateMachine;

    /// <summary>The method returned.</summary>
    public void SetResult(TResult result)
    {
        if (_box is null) _result = result;
        else _box.SetResult(result);
    }

    /// <summary>The method threw.</summary>
    public void SetException(Exception exception)
    {
        if (_box is null) _exception = exception;
        else _box.SetException(exception);
    }

    /// <summary>The method waits.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.OnCompleted(Boxed(ref stateMachine));

    /// <summary>The method waits.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.UnsafeOnCompleted(Boxed(ref stateMachine));

    // The builder is part of the state machine: it has to know its box before the copy is made.
    private Action Boxed<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        if (_box is not null) return _box.Continuation;
        var box = StateBox<TResult, TStateMachine>.Rent();
        _box = box;
        box.Machine = stateMachine;
        return box.Continuation;
    }
}
