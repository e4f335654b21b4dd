namespace Proxy.Core.Transport;

/// <summary>How a connection is to be ended.</summary>
public enum Ending : byte
{
    /// <summary>Nothing has to reach the peer before it is closed.</summary>
    None,

    /// <summary>In order: the end of the stream, and of TLS.</summary>
    InOrder,

    /// <summary>By the end of the stream, where the framing of what was sent shows that something is missing.</summary>
    Incomplete,

    /// <summary>In order, as soon as the peer has received what was sent; what it sends itself is not read.</summary>
    Delivered,

    /// <summary>By a reset, as only that shows that something is missing, behind what was sent.</summary>
    Reset,
}

/// <summary>
/// Closes connections so that what was sent survives: bytes that are unread when a socket closes reset the connection,
/// and a reset discards what is still on its way to the peer. None of these gives the connection back.
/// </summary>
/// <param name="deadlines">The clock.</param>
/// <param name="timeMax">How long a peer may go on sending.</param>
public sealed class LingeringClose(Deadlines deadlines, TimeSpan timeMax)
{
    /// <summary>How long a peer may go on sending after its last answer before its connection is closed.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);

    /// <summary>How long it may send nothing, and receive nothing, in that time.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DeliveryCheckEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Ends a connection that its owner closes afterwards.</summary>
    /// <exception cref="IOException">The connection was lost in the meantime.</exception>
    public async ValueTask EndAsync(Connection connection, Ending ending)
    {
        switch (ending)
        {
            case Ending.InOrder:
                await connection.Output.CompleteAsync();
                await DiscardAsync(connection);
                break;
            case Ending.Incomplete:
                await connection.EndIncompleteAsync();
                await DiscardAsync(connection);
                break;
            case Ending.Delivered:
                await DeliverAsync(connection);
                break;
            case Ending.Reset:
                await DeliverAsync(connection);
                connection.Abort();
                break;
        }
    }

    // Until the peer has received what was sent, or has taken none of it for the time that a peer may linger.
    private async ValueTask DeliverAsync(Connection connection)
    {
        var progress = new Progress(connection);
        for (var quietSince = deadlines.Now; progress.IsPending && !connection.WasReset;)
        {
            if (deadlines.Now - quietSince >= (long)timeMax.TotalMilliseconds) break;
            await Task.Delay(DeliveryCheckEvery);
            if (progress.HasAdvanced()) quietSince = deadlines.Now;
        }
    }

    // Many clients read no answer before they have sent all of their request, however much that is.
    private async ValueTask DiscardAsync(Connection connection)
    {
        var progress = new Progress(connection);
        for (var endBy = deadlines.In(timeMax); deadlines.LastTick < endBy;)
        {
            connection.ReadBy(Math.Min(endBy, deadlines.In(WaitMax)));
            var read = await connection.Input.ReadAsync();
            connection.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
            if (read.IsCanceled && connection.IsReadOverdue && !(progress.HasAdvanced() && progress.IsPending)) return;
        }
    }

    /// <summary>Whether the peer takes what was sent to it.</summary>
    private struct Progress(Connection connection)
    {
        private SendProgress _last = connection.SendProgress;

        public readonly bool IsPending => _last.IsPending;

        public bool HasAdvanced()
        {
            var before = _last.AcknowledgedBytes;
            _last = connection.SendProgress;
            return _last.AcknowledgedBytes != before;
        }
    }
}
