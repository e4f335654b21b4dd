namespace Proxy.Core.Tls;

/// <summary>
/// A peer that sends its first bytes and then nothing; what is written to it is dropped, except the first piece.
/// </summary>
internal sealed class StalledStream(ReadOnlyMemory<byte> firstBytes) : UnbufferedStream
{
    private readonly TaskCompletionSource<int> _never = new();
    private ReadOnlyMemory<byte> _left = firstBytes;

    /// <summary>The first piece that was written.</summary>
    public byte[]? FirstWritten { get; private set; }

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
}
