using System.Threading.Tasks.Sources;

namespace Proxy.Benchmarks.Harness.Native;

/// <summary>
/// A TCP connection on a loop. A read or write is tried at once; one that has to wait goes on inside the loop's turn.
/// One read and one write at a time, by the loop's thread.
/// </summary>
internal sealed class LoopStream : Stream, IReady, IValueTaskSource<int>, IValueTaskSource
{
    private readonly Loop _loop;
    private readonly int _descriptor;
    private ManualResetValueTaskSourceCore<int> _read;
    private ManualResetValueTaskSourceCore<int> _written;
    private Memory<byte> _into;
    private ReadOnlyMemory<byte> _rest;
    private bool _isReading;
    private bool _isWriting;
    private bool _isClosed;

    /// <summary>Takes over a descriptor that was accepted.</summary>
    public LoopStream(Loop loop, int descriptor)
    {
        (_loop, _descriptor) = (loop, descriptor);
        loop.Watch(descriptor, this);
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Begins a connection to a port of this machine; the first write waits for it.</summary>
    /// <exception cref="IOException">It was refused at once.</exception>
    public static LoopStream Connect(Loop loop, int port)
    {
        var descriptor = Loop.Checked(SystemCalls.Socket());
        var result = SystemCalls.Connect(descriptor, port);
        if (result >= 0 || result == -SystemCalls.InProgress) return new LoopStream(loop, descriptor);
        _ = SystemCalls.Close(descriptor);
        throw Lost(result);
    }

    /// <exception cref="IOException">The connection is lost.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = SystemCalls.Receive(_descriptor, buffer.Span);
        if (count >= 0) return new ValueTask<int>(count);
        if (count != -SystemCalls.Again) return ValueTask.FromException<int>(Lost(count));
        (_into, _isReading) = (buffer, true);
        _read.Reset();
        return new ValueTask<int>(this, _read.Version);
    }

    /// <exception cref="IOException">The connection is lost, or could not be made.</exception>
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _rest = buffer;
        var result = SendRest();
        if (result >= 0) return ValueTask.CompletedTask;
        if (result != -SystemCalls.Again) return ValueTask.FromException(Lost(result));
        _isWriting = true;
        _written.Reset();
        return new ValueTask(this, _written.Version);
    }

    public void OnReady(uint events)
    {
        if (_isWriting) GoOnWriting();
        if (_isReading) GoOnReading();
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => _written.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _written.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _written.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        if (_isClosed) return;
        _isClosed = true;
        _loop.Forget(_descriptor);
        _ = SystemCalls.Close(_descriptor);
        base.Dispose(disposing);
    }

    private void GoOnWriting()
    {
        var result = SendRest();
        if (result == -SystemCalls.Again) return;
        _isWriting = false;
        if (result >= 0) _written.SetResult(0);
        else _written.SetException(Lost(result));
    }

    private void GoOnReading()
    {
        var count = SystemCalls.Receive(_descriptor, _into.Span);
        if (count == -SystemCalls.Again) return;
        _isReading = false;
        if (count >= 0) _read.SetResult(count);
        else _read.SetException(Lost(count));
    }

    private int SendRest()
    {
        while (_rest.Length > 0)
        {
            var count = SystemCalls.Send(_descriptor, _rest.Span);
            if (count < 0) return count;
            _rest = _rest[count..];
        }

        return 0;
    }

    private static IOException Lost(int result) => new($"the connection is lost (error {-result})");
}
