using System.Buffers.Text;

namespace Proxy.Core.Redis.Protocol;

/// <summary>Reads values of RESP2 and RESP3 from a stream.</summary>
internal sealed class RespReader(Stream stream)
{
    /// <summary>The longest value that is accepted; only short replies and names of keys are expected.</summary>
    private const int ValueBytesMax = 1 << 20;

    /// <summary>The most items of one aggregate; FLUSHALL aside, an invalidation names a few keys.</summary>
    private const int ItemsMax = 1 << 20;

    private const int DepthMax = 8;

    private const int FormatBytes = 4;

    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>Returns the next value.</summary>
    /// <exception cref="IOException">The stream ended, or is not in the Redis protocol.</exception>
    public ValueTask<RespValue> ReadAsync(CancellationToken cancel) => ReadAsync(DepthMax, cancel);

    private async ValueTask<RespValue> ReadAsync(int depth, CancellationToken cancel)
    {
        var line = await LineAsync(cancel);
        switch ((char)line[0])
        {
            case '-': return new RespValue(RespKind.Error, line[1..], []);
            case '_': return new RespValue(RespKind.Null, [], []);
            case '$' or '!': return await BulkAsync(line, cancel);
            case '=': return Verbatim(await BulkAsync(line, cancel));
            case '*' or '~': return await AggregateAsync(RespKind.Array, line, 1, depth, cancel);
            case '>': return await AggregateAsync(RespKind.Push, line, 1, depth, cancel);
            case '%': return await AggregateAsync(RespKind.Array, line, 2, depth, cancel);
            case '+' or ':' or ',' or '#' or '(': return new RespValue(RespKind.Text, line[1..], []);
            default: throw new IOException("not the Redis protocol");
        }
    }

    private async ValueTask<RespValue> BulkAsync(byte[] line, CancellationToken cancel)
    {
        var length = Number(line, ValueBytesMax);
        if (length < 0) return new RespValue(RespKind.Null, [], []);
        while (_end - _start < length + 2) await FillAsync(cancel);
        var bytes = _buffer.AsSpan(_start, length).ToArray();
        _start += length + 2;
        return new RespValue(line[0] == '!' ? RespKind.Error : RespKind.Text, bytes, []);
    }

    // The kind of text comes first: "txt:".
    private static RespValue Verbatim(RespValue value) => value with
    {
        Bytes = value.Bytes.Length >= FormatBytes ? value.Bytes[FormatBytes..] : [],
    };

    private async ValueTask<RespValue> AggregateAsync(
        RespKind kind, byte[] line, int factor, int depth, CancellationToken cancel)
    {
        var count = Number(line, ItemsMax) * factor;
        if (count < 0) return new RespValue(RespKind.Null, [], []);
        if (depth == 0) throw new IOException("a reply of Redis is nested too deeply");
        var items = new List<RespValue>(Math.Min(count, 64));
        while (items.Count < count) items.Add(await ReadAsync(depth - 1, cancel));
        return new RespValue(kind, [], [.. items]);
    }

    private static int Number(byte[] line, int max)
    {
        var isNumber = Utf8Parser.TryParse(line.AsSpan(1), out int number, out var used) && used == line.Length - 1;
        if (!isNumber || number > max)
            throw new IOException("a length in a reply of Redis is out of bounds");
        return number;
    }

    private async ValueTask<byte[]> LineAsync(CancellationToken cancel)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (length == 0) throw new IOException("an empty line in a reply of Redis");
            if (length > 0)
            {
                var line = _buffer.AsSpan(_start, length).ToArray();
                _start += length + 2;
                return line;
            }
            await FillAsync(cancel);
        }
    }

    private async ValueTask FillAsync(CancellationToken cancel)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length > 2 * ValueBytesMax) throw new IOException("a line of Redis is too long");
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
        if (count == 0) throw new IOException("Redis closed the connection");
        _end += count;
    }
}
