using Microsoft.Win32.SafeHandles;

namespace Proxy.Core.Linux;

/// <summary>
/// Standard output or standard error, for writing. .NET's own stream reports nothing when the reader is gone, and lines
/// would be lost silently.
/// </summary>
/// <param name="descriptor">Its number; it is not closed.</param>
public sealed class StandardStream(int descriptor) : Stream
{
    private readonly SafeFileHandle _file = new(descriptor, ownsHandle: false);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes everything without a time limit; an <see cref="IOException"/> carries the reason.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty) buffer = buffer[BlockingWrite.Write(_file, buffer, Timeout.Infinite)..];
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Does nothing: nothing is buffered here.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
