using Proxy.Core.Transport;

namespace Proxy.Core.Tls;

/// <summary>
/// Lets only so many handshakes at once calculate what a home's connections have to wait for, and after each one lets
/// those that are in already have their turn: a flood of handshakes slows itself down, and little else.
/// </summary>
internal sealed class HandshakeGate(int atOnceMax)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _free = atOnceMax;

    /// <summary>Completes when it is this handshake's turn; <see cref="LeaveAsync"/> has to follow.</summary>
    public Task EnterAsync()
    {
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return Task.CompletedTask;
            }

            // The one that leaves runs the next one, on the home that both belong to.
            var turn = new TaskCompletionSource();
            _waiting.Enqueue(turn);
            return turn.Task;
        }
    }

    /// <summary>Lets the next one in, after the other connections of <paramref name="home"/> had their turn.</summary>
    public async Task LeaveAsync(Connection home)
    {
        await home.YieldAsync();
        TaskCompletionSource? next;
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out next)) _free++;
        }

        next?.SetResult();
    }
}
