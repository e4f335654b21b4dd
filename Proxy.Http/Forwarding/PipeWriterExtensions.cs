using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Transport;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Sending that tells by its value whether the peer takes it: false when it is gone, has ended or takes too long.
/// </summary>
internal static class PipeWriterExtensions
{
    /// <summary>Sends what was written.</summary>
    public static ValueTask<bool> TryFlushAsync(this PipeWriter output)
    {
        try
        {
            return TakenAsync(output.FlushAsync());
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return new ValueTask<bool>(false);
        }
    }

    /// <summary>Sends what was written, and a piece behind it that is lent until this is over.</summary>
    public static ValueTask<bool> TryWriteAsync(this PipeWriter output, ReadOnlyMemory<byte> piece)
    {
        try
        {
            return TakenAsync(output.WriteAsync(piece));
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return new ValueTask<bool>(false);
        }
    }

    // What is taken at once, as nearly everything is, needs no state machine.
    private static ValueTask<bool> TakenAsync(ValueTask<FlushResult> sending) => sending.IsCompletedSuccessfully
        ? new ValueTask<bool>(IsTaken(sending.Result))
        : WaitAsync(sending);

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private static async ValueTask<bool> WaitAsync(ValueTask<FlushResult> sending)
    {
        try
        {
            return IsTaken(await sending);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return false;
        }
    }

    private static bool IsTaken(FlushResult sent) => !sent.IsCompleted && !sent.IsCanceled;
}
