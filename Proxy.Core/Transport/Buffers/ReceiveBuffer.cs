using System.Buffers;

namespace Proxy.Core.Transport.Buffers;

/// <summary>
/// Bytes that were received and not consumed, in one block, so that a head can be parsed in one span. It holds a block
/// only while there are bytes in it or a receive is under way. The size of the next block follows what arrives at once.
/// </summary>
/// <param name="largeBlocks">The blocks for bulk data of the connection's event loop.</param>
/// <remarks>A mutable struct: a field of its owner, never copied.</remarks>
internal struct ReceiveBuffer(LargeBlocks largeBlocks)
{
    /// <summary>Bytes received and not consumed; the largest head that is parsed is an eighth of it.</summary>
    public const int HeldBytesMax = 512 * 1024;

    private const int BlockBytesMin = 16 * 1024;
    private const int BlockBytesMid = 64 * 1024;

    private byte[]? _block;
    private int _start;
    private int _examined;
    private int _end;
    private int _blockBytes = BlockBytesMin;
    private bool _isLarge;
    private bool _wasFull;

    /// <summary>Whether every byte was consumed.</summary>
    public readonly bool IsEmpty => _start == _end;

    /// <summary>Whether every byte was examined: only further bytes can be of use.</summary>
    public readonly bool IsExamined => _examined == _end;

    /// <summary>The bytes that were not consumed.</summary>
    public readonly ReadOnlySequence<byte> Bytes => new(_block ?? [], _start, _end - _start);

    /// <summary>Marks bytes as consumed and examined; gives the block back when all are consumed.</summary>
    public void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        (_start, _examined) = (consumed.GetInteger(), examined.GetInteger());
        if (_start == _end) Release();
    }

    /// <summary>Returns room for further bytes; never empty.</summary>
    /// <exception cref="InvalidOperationException"><see cref="HeldBytesMax"/> bytes are not consumed.</exception>
    public Span<byte> GetRoom()
    {
        if (_block is null)
        {
            _block = _blockBytes == LargeBlocks.BlockBytes ? largeBlocks.TryRent() : null;
            _isLarge = _block is not null;
            _block ??= ArrayPool<byte>.Shared.Rent(Math.Min(_blockBytes, BlockBytesMid));
        }
        else if (_end == _block.Length)
        {
            MakeRoom(_block);
        }

        return _block.AsSpan(_end);
    }

    /// <summary>Adds bytes that were received into the room.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isFull">Whether they filled the room, so that more may follow at once.</param>
    public void Commit(int count, bool isFull)
    {
        _end += count;

        // What arrives together should fit into one block. A small read after a full one is only its remainder.
        if (isFull) _blockBytes = _blockBytes == BlockBytesMin ? BlockBytesMid : LargeBlocks.BlockBytes;
        else if (count < BlockBytesMin && !_wasFull) _blockBytes = BlockBytesMin;
        _wasFull = isFull;
    }

    /// <summary>Gives the block back, together with its content.</summary>
    public void Release()
    {
        if (_block is null) return;
        Return(_block);
        _block = null;
        _start = _examined = _end = 0;
    }

    private void MakeRoom(byte[] full)
    {
        var held = full.AsSpan(_start, _end - _start);
        if (_start == 0)
        {
            if (full.Length >= HeldBytesMax) throw new InvalidOperationException("the reader consumes nothing");
            _block = ArrayPool<byte>.Shared.Rent(2 * full.Length);
        }

        held.CopyTo(_block);
        (_start, _examined, _end) = (0, _examined - _start, held.Length);
        if (_block != full) Return(full);
    }

    private void Return(byte[] block)
    {
        if (_isLarge) largeBlocks.Return(block);
        else ArrayPool<byte>.Shared.Return(block);
        _isLarge = false;
    }
}
