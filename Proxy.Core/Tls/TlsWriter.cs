using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Proxy.Core.Async;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls;

/// <summary>
/// Encrypts into an SslStream. Small pieces wait for the next flush and are sent as one record with what follows them;
/// large ones are encrypted from where they lie. A flush completes when its bytes have left the process.
/// </summary>
internal sealed class TlsWriter(SslStream tls, PipeWriter output) : PipeWriter
{
    /// <summary>Pieces are sent together up to this size: two records, one system call.</summary>
    public const int TogetherBytesMax = 32 * 1024;

    private const int BlockBytesMin = 4 * 1024;

    private byte[]? _block;
    private int _length;
    private int _isCompleted;
    private volatile bool _isSending;
    private volatile bool _isCancelled;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _block.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _block.AsSpan(_length);
    }

    public override void Advance(int bytes) => _length += bytes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        _length == 0 && !_isCancelled ? new ValueTask<FlushResult>(default(FlushResult)) : SendAsync(default);

    /// <summary>The bytes are lent until the write completes; they are copied only to follow a head.</summary>
    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var together = _length == 0 ? 0 : Math.Min(source.Length, Math.Max(0, TogetherBytesMax - _length));
        if (together > 0)
        {
            Reserve(together);
            source.Span[..together].CopyTo(_block.AsSpan(_length));
            _length += together;
        }

        return SendAsync(source[together..]);
    }

    public override void CancelPendingFlush()
    {
        _isCancelled = true;
        output.CancelPendingFlush();
    }

    public override void Complete(Exception? exception = null) => _ = CompleteAsync(exception).AsTask();

    /// <summary>Sends what is left and close_notify, and closes that direction.</summary>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _isCompleted, 1) == 1 || _isSending) return;
        try
        {
            if (_length > 0) await SendAsync(default);
            await SessionEnd.SendAsync(tls);
        }
        catch (Exception e) when (ConnectionLoss.Is(e) || e is CryptographicException)
        {
            // The peer is gone, or the session has failed before.
        }

        await output.CompleteAsync(exception);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> more)
    {
        if (TakeCancel()) return new FlushResult(isCanceled: true, isCompleted: false);
        _isSending = true;
        try
        {
            if (_length > 0) await tls.WriteAsync(_block.AsMemory(0, _length));
            if (!more.IsEmpty) await tls.WriteAsync(more);
            return default;
        }
        catch (WireCancelledException)
        {
            _isCancelled = false;
            return new FlushResult(isCanceled: true, isCompleted: false);
        }
        finally
        {
            _isSending = false;
            ReturnBlock();
        }
    }

    private bool TakeCancel()
    {
        var isCancelled = _isCancelled;
        _isCancelled = false;
        return isCancelled;
    }

    private void Reserve(int count)
    {
        _block ??= ArrayPool<byte>.Shared.Rent(Math.Max(count, BlockBytesMin));
        if (_block.Length - _length >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + count, 2 * _block.Length));
        _block.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_block);
        _block = larger;
    }

    private void ReturnBlock()
    {
        if (_block is { } block) ArrayPool<byte>.Shared.Return(block);
        (_block, _length) = (null, 0);
    }
}
