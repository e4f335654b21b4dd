using Proxy.Core.Transport;

namespace Proxy.Core.Tls.Handshake;

/// <summary>
/// Limits the handshakes that compute at once on one loop, and after each one lets the loop's other connections have
/// their turn: a flood of handshakes slows itself down, and little else. A client that has closed while it waited gets
/// no turn, as the others would wait for it in vain.
/// </summary>
internal sealed class HandshakeGate(int atOnceMax)
{
    /// <summary>The most clients that are removed in one turn because they have closed.</summary>
    public const int ClosedPerTurnMax = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _free = atOnceMax;

    /// <summary>
    /// Completes when it is this client's turn, and <see cref="LeaveAsync"/> has to follow; or with false, if the
    /// client has closed.
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

            // The handshake that leaves starts the next one, on the loop of both.
            var waiting = new Waiting(client, new TaskCompletionSource<bool>());
            _waiting.Enqueue(waiting);
            return waiting.Turn.Task;
        }
    }

    /// <summary>Lets the next one enter, after the other connections of the loop have had their turn.</summary>
    public async Task LeaveAsync(Connection home)
    {
        do
        {
            await home.YieldAsync();
        }
        while (!TryEnter());
    }

    // False if there are more to check.
    private bool TryEnter()
    {
        for (var gone = 0; gone < ClosedPerTurnMax; gone++)
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
