using System.Text;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>Lines that a log has written so far.</summary>
internal sealed class LogLines : MemoryStream
{
    private readonly Lock _lock = new();

    public string Text
    {
        get
        {
            lock (_lock) return Encoding.UTF8.GetString(ToArray());
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock) base.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        lock (_lock) base.Write(buffer, offset, count);
    }

    /// <summary>Waits until a line contains the text, and returns that line.</summary>
    public async Task<string> LineAsync(string text)
    {
        var until = DateTime.UtcNow + Peer.Patience;
        while (DateTime.UtcNow < until)
        {
            var line = Text.Split('\n').FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
            if (line is not null && Text.Contains(line + "\n", StringComparison.Ordinal)) return line;
            await Task.Delay(10);
        }

        throw new TimeoutException($"no line with '{text}' in: {Text}");
    }
}
