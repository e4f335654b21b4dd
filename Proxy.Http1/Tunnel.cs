using Proxy.Core.Transport;

namespace Proxy.Http1;

/// <summary>
/// After 101: bytes in both directions, as they come, until both sides have ended. What one side ends is ended for the
/// other, which may still speak.
/// </summary>
internal sealed class Tunnel(Connection client, Connection backend, Deadlines deadlines, TimeSpan idleMax)
{
    // Of the time that a stop may take, so much is left for the last tunnels to close in order.
    private const double SpreadShare = 0.9;
    private const double CloseMilliseconds = 500;

    private long _endBy;

    /// <summary>Bytes that went from the backend to the client.</summary>
    public long BytesToClient { get; private set; }

    /// <summary>Bytes that went from the client to the backend.</summary>
    public long BytesToBackend { get; private set; }

    /// <summary>Runs until both directions have ended; a proxy that is draining gives it its limit at once.</summary>
    public async Task RunAsync(TimeSpan? drainLimit)
    {
        Touch();
        if (drainLimit is { } limit) Drain(limit);
        await Task.WhenAll(
            CopyAsync(client, backend, count => BytesToBackend += count),
            CopyAsync(backend, client, count => BytesToClient += count));
    }

    /// <summary>
    /// Ends the tunnel at some moment within the limit, well before its end: so many clients that come back are not to
    /// come at once.
    /// </summary>
    public void Drain(TimeSpan limit)
    {
        var whole = limit.TotalMilliseconds;
        var spread = Math.Max(0, Math.Min(SpreadShare * whole, whole - CloseMilliseconds));
        Volatile.Write(ref _endBy, deadlines.Now + (long)(Random.Shared.NextDouble() * spread));
        Touch();
    }

    // Something passed: both sides have their whole idle time again.
    private void Touch()
    {
        var idleBy = deadlines.In(idleMax);
        var endBy = Volatile.Read(ref _endBy);
        var deadline = idleBy == 0 ? endBy : endBy == 0 ? idleBy : Math.Min(idleBy, endBy);
        if (deadline == 0) return;
        SetDeadline(client, deadline);
        SetDeadline(backend, deadline);
    }

    private static void SetDeadline(Connection connection, long deadline)
    {
        connection.ReadBy(deadline);
        connection.WriteBy(deadline);
    }

    private async Task CopyAsync(Connection from, Connection to, Action<long> count)
    {
        try
        {
            if (await PassOnAsync(from, to, count)) return;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // One side is gone: the other cannot go on either.
        }

        client.Abort();
        backend.Abort();
    }

    /// <summary>
    /// False when one side is gone. A tunnel whose time is over ends in order: the other direction's is over as well.
    /// </summary>
    private async Task<bool> PassOnAsync(Connection from, Connection to, Action<long> count)
    {
        while (true)
        {
            if (!from.Input.TryRead(out var read)) read = await from.Input.ReadAsync();
            if (read.IsCanceled && from.IsReadOverdue) return true;
            foreach (var memory in read.Buffer)
            {
                var flushed = await to.Output.WriteAsync(memory);
                if (flushed.IsCanceled) return true;
                if (flushed.IsCompleted) return false;
            }

            count(read.Buffer.Length);
            from.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
            Touch();
        }

        await to.Output.CompleteAsync();
        return true;
    }
}
