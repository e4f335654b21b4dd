using Proxy.Core.Transport;

namespace Proxy.Core.Tls.Handshake;

/// <summary>
/// Lets only so many handshakes at once calculate what a home's connections have to wait for, and after each one lets
/// those that are in already have their turn: a flood of handshakes slows itself down, and little else. Who has hung up
/// while it waited has no turn: the others would wait for it in vain.
/// </summary>
internal sealed class HandshakeGate(int atOnceMax)
{
    /// <summary>Clients that are sent away in one turn, at most.</summary>
    public const int GonePerTurnMax = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _free = atOnceMax;

    /// <summary>
    /// Completes when it is this client's turn, and <see cref="LeaveAsync"/> has to follow; or with false, when it has
    /// hung up.
    /// </summary>
    public Task<bool> EnterAsync(Connection client)
    {
        lock (_lock)
        {
            if (client.HasReceivedFin) return Task.FromResult(false);
            if (_free > 0)
            {
                _free--;
                return Task.FromResult(true);
            }

            // The one that leaves runs the next one, on the home that both belong to.
            var waiting = new Waiting(client, new TaskCompletionSource<bool>());
            _waiting.Enqueue(waiting);
            return waiting.Turn.Task;
        }
    }

    /// <summary>Lets the next one in, after the other connections of <paramref name="home"/> had their turn.</summary>
    public async Task LeaveAsync(Connection home)
    {
        do
        {
            await home.YieldAsync();
        }
        while (!TryEnter());
    }

    // False when there are more to look at.
    private bool TryEnter()
    {
        for (var gone = 0; gone < GonePerTurnMax; gone++)
        {
            Waiting? next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _free++;
                    return true;
                }
            }

            var isHere = !next.Client.HasReceivedFin;
            next.Turn.SetResult(isHere);
            if (isHere) return true;
        }

        return false;
    }

    private sealed record Waiting(Connection Client, TaskCompletionSource<bool> Turn);
}
