namespace Proxy.Core.Tls;

/// <summary>
/// A peer that says its first bytes and then nothing, for ever; what it is told is dropped, but for the first piece.
/// </summary>
internal sealed class StalledStream(ReadOnlyMemory<byte> firstBytes) : Stream
{
    private readonly TaskCompletionSource<int> _never = new();
    private ReadOnlyMemory<byte> _left = firstBytes;

    /// <summary>The first piece that was written here.</summary>
    public byte[]? FirstWritten { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left.IsEmpty) return new ValueTask<int>(_never.Task);
        var count = Math.Min(buffer.Length, _left.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return new ValueTask<int>(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        FirstWritten ??= buffer.ToArray();
        return ValueTask.CompletedTask;
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        FirstWritten ??= [.. buffer.AsSpan(offset, count)];

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
