using System.Text;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Tests.Fixtures.Telemetry;

/// <summary>Keeps what is written; can be set to block, to fail, or to accept little at a time.</summary>
internal sealed class MemorySink : ILogSink
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private int _capacity = int.MaxValue;

    public string Name => "access log in memory";

    /// <summary>Writes wait while it is reset.</summary>
    public ManualResetEventSlim Gate { get; } = new(true);

    /// <summary>Set when a write has begun.</summary>
    public ManualResetEventSlim Entered { get; } = new();

    /// <summary>Bytes taken by one write.</summary>
    public int BytesPerWrite { get; set; } = int.MaxValue;

    /// <summary>Bytes it has room for.</summary>
    public int Capacity
    {
        get => Volatile.Read(ref _capacity);
        set => Volatile.Write(ref _capacity, value);
    }

    public bool IsClosed { get; private set; }

    public int Writes { get; private set; }

    public string Text
    {
        get { lock (_lock) return _text.ToString(); }
    }

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public int Write(ReadOnlySpan<byte> lines)
    {
        Entered.Set();
        Gate.Wait();
        if (Capacity == 0) throw new IOException("No space left on device");
        lines = lines[..Math.Min(lines.Length, Math.Min(BytesPerWrite, Capacity))];
        if (Capacity < int.MaxValue) Capacity -= lines.Length;
        lock (_lock) _text.Append(Encoding.Latin1.GetString(lines));
        Writes++;
        return lines.Length;
    }

    /// <summary>Receives a bar and makes room.</summary>
    public void Reopen()
    {
        lock (_lock) _text.Append('|');
        Capacity = int.MaxValue;
    }

    public void Dispose()
    {
        Gate.Dispose();
        Entered.Dispose();
        IsClosed = true;
    }
}
