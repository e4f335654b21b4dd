using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Proxy.Core.Tls;

/// <summary>
/// The encrypted side of an SslStream: a stream over the two pipes of a connection. Reading into nothing waits until
/// there is something to read, and costs neither a buffer nor a system call; a write is over when its bytes have left.
/// </summary>
internal sealed class WireStream(PipeReader input, PipeWriter output) : Stream
{
    private int _isReadCancelled;

    /// <summary>The peer's bytes have ended. TLS has an end of its own: this one alone may be a truncation.</summary>
    public bool HasEnded { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Makes the pending read, or the next one, fail with <see cref="WireCancelledException"/>.</summary>
    public void CancelRead()
    {
        Volatile.Write(ref _isReadCancelled, 1);
        input.CancelPendingRead();
    }

    /// <summary>Reading was cancelled.</summary>
    public bool IsReadCancelled => Volatile.Read(ref _isReadCancelled) == 1;

    /// <summary>Whether reading was cancelled; asking takes it back.</summary>
    public bool TakeReadCancel() => IsReadCancelled
        && Interlocked.Exchange(ref _isReadCancelled, 0) == 1;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        input.TryRead(out var read) && TryTake(read, buffer, out var count)
            ? new ValueTask<int>(count)
            : WaitAndReadAsync(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var writing = output.WriteAsync(buffer, CancellationToken.None);
        if (!writing.IsCompletedSuccessfully) return FinishAsync(writing);
        Check(writing.Result);
        return ValueTask.CompletedTask;
    }

    /// <summary>SslStream sends one thing so: the alert that tells a server what its certificate lacks.</summary>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        output.Write(buffer);
        _ = FlushLastAsync();
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            if (TryTake(await input.ReadAsync(CancellationToken.None), buffer, out var count)) return count;
        }
    }

    // False when there is nothing yet: a cancellation that came too late leaves such a read behind.
    private bool TryTake(in ReadResult read, Memory<byte> buffer, out int count)
    {
        count = (int)Math.Min(read.Buffer.Length, buffer.Length);
        if (read.IsCanceled && IsReadCancelled)
        {
            input.AdvanceTo(read.Buffer.Start);
            throw new WireCancelledException();
        }

        // Asked before AdvanceTo: what the sequence says afterwards is about memory that others use already.
        var isSomething = read.IsCompleted || !read.Buffer.IsEmpty;
        if (count > 0) read.Buffer.Slice(0, count).CopyTo(buffer.Span);
        input.AdvanceTo(read.Buffer.GetPosition(count));
        HasEnded |= read.IsCompleted && count == 0 && !buffer.IsEmpty;
        return isSomething;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask FinishAsync(ValueTask<FlushResult> writing) => Check(await writing);

    private static void Check(FlushResult written)
    {
        if (written.IsCanceled) throw new WireCancelledException();
        if (written.IsCompleted) throw new IOException("the peer takes no more");
    }

    private async Task FlushLastAsync()
    {
        try
        {
            await output.FlushAsync();
        }
        catch (Exception e) when (Transport.ConnectionLoss.Is(e))
        {
            // It was a courtesy.
        }
    }
}
