using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Tls.Handshake;

namespace Proxy.Core.Tls;

/// <summary>
/// The encrypted side of an SslStream: a stream over the two pipes of a connection. A zero-byte read waits until there
/// is something to read, and costs neither a buffer nor a system call; a write completes when its bytes have left.
/// </summary>
internal sealed class WireStream(PipeReader input, PipeWriter output) : UnbufferedStream
{
    private const int RecordHeadBytes = 5;

    // TLS 1.2 lets encryption add 2 KiB, later versions less.                                        RFC 5246 §6.2.3
    private const long RecordBytesMax = RecordHeadBytes + 16 * 1024 + 2 * 1024;

    private int _isReadCancelled;
    private bool _awaitsHello;
    private long _left;

    /// <summary>The peer's bytes have ended. TLS has an end of its own: without it, this may be a truncation.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the handshake that was watched resumed a session; known when it is over.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>
    /// While it is set, reading fails with <see cref="WireCancelledException"/> if there is no whole record.
    /// </summary>
    public bool MayNotWait { get; set; }

    /// <summary>Watches the next writes, a server's handshake; SslStream writes each flight of it as a whole.</summary>
    public void WatchHandshake() => _awaitsHello = true;

    /// <summary>Makes the pending read, or the next one, fail with <see cref="WireCancelledException"/>.</summary>
    public void CancelRead()
    {
        Volatile.Write(ref _isReadCancelled, 1);
        input.CancelPendingRead();
    }

    /// <summary>Whether reading was cancelled.</summary>
    public bool IsReadCancelled => Volatile.Read(ref _isReadCancelled) == 1;

    /// <summary>Returns whether reading was cancelled, and clears that.</summary>
    public bool TakeReadCancel() => IsReadCancelled
        && Interlocked.Exchange(ref _isReadCancelled, 0) == 1;

    /// <summary>
    /// Completes when a whole record has arrived, or the end; false if reading was cancelled. Consumes nothing.
    /// </summary>
    public ValueTask<bool> RecordAsync() => HasRecord() ? new ValueTask<bool>(true) : WaitForRecordAsync();

    /// <summary>Returns whether there is a whole record.</summary>
    public bool HasRecord() => !IsReadCancelled && input.TryRead(out var read) && Peek(read);

    /// <summary>Reads no further than to the end of a record, so that SslStream never buffers bytes.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (MayNotWait && _left == 0 && !HasRecord()) throw new WireCancelledException();
        return input.TryRead(out var read) && TryTake(read, buffer, out var count)
            ? new ValueTask<int>(count)
            : WaitAndReadAsync(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_awaitsHello) Watch(buffer.Span);
        var writing = output.WriteAsync(buffer, CancellationToken.None);
        if (!writing.IsCompletedSuccessfully) return FinishAsync(writing);
        Check(writing.Result);
        return ValueTask.CompletedTask;
    }

    /// <summary>SslStream sends one thing in this way: the alert with the reason why it rejects a server.</summary>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        output.Write(buffer);
        _ = FlushLastAsync();
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<int> WaitAndReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            if (TryTake(await input.ReadAsync(CancellationToken.None), buffer, out var count)) return count;
        }
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> WaitForRecordAsync()
    {
        while (!IsReadCancelled)
        {
            var read = await input.ReadAsync(CancellationToken.None);
            if (Peek(read) || read.IsCompleted) return !IsReadCancelled;
        }

        return false;
    }

    // A record that claims to be longer than the maximum is not waited for: SslStream rejects it.
    private bool Peek(in ReadResult read)
    {
        var length = Math.Min(RecordLength(read.Buffer), RecordBytesMax);
        var isThere = length > 0 && length <= read.Buffer.Length;
        input.AdvanceTo(read.Buffer.Start, isThere ? read.Buffer.Start : read.Buffer.End);
        return isThere;
    }

    // False if there is too little yet; a cancellation that came too late leaves such a read behind, too.
    private bool TryTake(in ReadResult read, Memory<byte> buffer, out int count)
    {
        var bytes = read.Buffer;
        if (read.IsCanceled && IsReadCancelled)
        {
            input.AdvanceTo(bytes.Start);
            throw new WireCancelledException();
        }

        if (_left == 0) _left = read.IsCompleted ? bytes.Length : RecordLength(bytes);
        var isEnough = read.IsCompleted || _left > 0;
        count = (int)Math.Min(Math.Min(_left, bytes.Length), buffer.Length);
        if (count > 0) Copy(bytes, buffer.Span[..count]);
        _left -= count;
        HasEnded |= read.IsCompleted && count == 0 && !buffer.IsEmpty;
        input.AdvanceTo(bytes.GetPosition(count), isEnough ? bytes.GetPosition(count) : bytes.End);
        return isEnough && (count > 0 || read.IsCompleted || (buffer.IsEmpty && !bytes.IsEmpty));
    }

    // With its head; 0 if that has not arrived.
    private static long RecordLength(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> head = stackalloc byte[RecordHeadBytes];
        if (bytes.Length < RecordHeadBytes) return 0;
        Copy(bytes, head);
        return RecordHeadBytes + BinaryPrimitives.ReadUInt16BigEndian(head[^2..]);
    }

    // The first bytes, which are nearly always in one piece.
    private static void Copy(in ReadOnlySequence<byte> bytes, Span<byte> to)
    {
        var first = bytes.FirstSpan;
        if (first.Length >= to.Length) first[..to.Length].CopyTo(to);
        else bytes.Slice(0, to.Length).CopyTo(to);
    }

    private void Watch(ReadOnlySpan<byte> flight)
    {
        if (ServerHello.IsResumed(flight) is not { } isResumed) return;
        (IsResumed, _awaitsHello) = (isResumed, false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask FinishAsync(ValueTask<FlushResult> writing) => Check(await writing);

    private static void Check(FlushResult written)
    {
        if (written.IsCanceled) throw new WireCancelledException();
        if (written.IsCompleted) throw new IOException("the peer has closed the connection");
    }

    private async Task FlushLastAsync()
    {
        try
        {
            await output.FlushAsync();
        }
        catch (Exception e) when (Transport.ConnectionLoss.Is(e))
        {
            // The alert is optional.
        }
    }
}

/// <summary>A read or write below TLS was cancelled on purpose; the state of TLS is intact.</summary>
internal sealed class WireCancelledException() : IOException("cancelled");
