using System.Buffers;

namespace Proxy.Core.Transport.Buffers;

/// <summary>
/// Bytes that were written and not sent: small pieces gathered in one block, followed by at most one piece of memory
/// that is sent from where it lies.
/// </summary>
/// <remarks>A mutable struct: a field of its owner, never copied.</remarks>
internal struct SendBuffer
{
    private const int BlockBytes = 4 * 1024;

    // Up to here a copy is cheaper than a second piece in the system call.
    private const int CopiedBytesMax = 2 * 1024;

    private ReadOnlyMemory<byte> _lent;
    private byte[]? _block;
    private int _sent;
    private int _written;

    /// <summary>Whether everything was sent.</summary>
    public readonly bool IsEmpty => _written <= _sent && _lent.IsEmpty;

    /// <summary>How many gathered bytes were not sent.</summary>
    public readonly int GatheredBytes => _written - _sent;

    /// <summary>The gathered bytes that were not sent; they come first.</summary>
    public readonly ReadOnlySpan<byte> Gathered => _block.AsSpan(_sent, _written - _sent);

    /// <summary>Whether there are lent bytes that were not sent.</summary>
    public readonly bool HasLent => !_lent.IsEmpty;

    /// <summary>The lent bytes that were not sent.</summary>
    public readonly ReadOnlySpan<byte> Lent => _lent.Span;

    /// <summary>Returns room in the block for at least <paramref name="sizeHint"/> bytes.</summary>
    public Memory<byte> GetMemory(int sizeHint) => Block(sizeHint).AsMemory(_written);

    /// <summary>Returns room in the block for at least <paramref name="sizeHint"/> bytes.</summary>
    public Span<byte> GetSpan(int sizeHint) => Block(sizeHint).AsSpan(_written);

    /// <summary>Adds bytes that were written into the room.</summary>
    public void Advance(int bytes) => _written += bytes;

    /// <summary>Adds memory that stays unchanged until it was sent; a small piece behind others is copied.</summary>
    public void Add(ReadOnlyMemory<byte> source)
    {
        if (source.Length > CopiedBytesMax || _written <= _sent)
        {
            _lent = source;
            return;
        }

        source.Span.CopyTo(GetSpan(source.Length));
        _written += source.Length;
    }

    /// <summary>Removes bytes that were sent.</summary>
    public void Consume(int count)
    {
        var ofBlock = Math.Min(count, _written - _sent);
        _sent += ofBlock;
        _lent = _lent[(count - ofBlock)..];
    }

    /// <summary>Gives the block back, together with its content.</summary>
    public void Release()
    {
        _lent = default;
        _sent = _written = 0;
        if (_block is null) return;
        ArrayPool<byte>.Shared.Return(_block);
        _block = null;
    }

    private byte[] Block(int sizeHint)
    {
        var needed = _written + Math.Max(sizeHint, 1);
        if (_block is null) return _block = ArrayPool<byte>.Shared.Rent(Math.Max(needed, BlockBytes));
        if (needed <= _block.Length) return _block;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _block.Length));
        _block.AsSpan(0, _written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_block);
        return _block = larger;
    }
}
