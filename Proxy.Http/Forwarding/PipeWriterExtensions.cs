using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Transport;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Writes and flushes that return whether the peer accepts the bytes: false when the peer has disconnected or closed,
/// or the write deadline has passed.
/// </summary>
internal static class PipeWriterExtensions
{
    /// <summary>Flushes the bytes written so far.</summary>
    public static ValueTask<bool> TryFlushAsync(this PipeWriter output)
    {
        try
        {
            return AcceptedAsync(output.FlushAsync());
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return new ValueTask<bool>(false);
        }
    }

    /// <summary>
    /// Sends the bytes written so far, followed by a piece that must stay unchanged until the call completes.
    /// </summary>
    public static ValueTask<bool> TryWriteAsync(this PipeWriter output, ReadOnlyMemory<byte> piece)
    {
        try
        {
            return AcceptedAsync(output.WriteAsync(piece));
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return new ValueTask<bool>(false);
        }
    }

    // Nearly all sends complete synchronously and need no state machine.
    private static ValueTask<bool> AcceptedAsync(ValueTask<FlushResult> sending) => sending.IsCompletedSuccessfully
        ? new ValueTask<bool>(IsAccepted(sending.Result))
        : WaitAsync(sending);

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private static async ValueTask<bool> WaitAsync(ValueTask<FlushResult> sending)
    {
        try
        {
            return IsAccepted(await sending);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return false;
        }
    }

    private static bool IsAccepted(FlushResult sent) => !sent.IsCompleted && !sent.IsCanceled;
}
