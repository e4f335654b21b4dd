using System.Buffers.Text;
using Proxy.Core;
using Proxy.Core.Transport;

namespace Proxy.Http1;

/// <summary>The Date of now (RFC 9110 §5.6.7), made once a second.</summary>
internal sealed class DateField(Deadlines deadlines)
{
    private Text _text = new(0, []);

    public ReadOnlySpan<byte> Value
    {
        get
        {
            var now = deadlines.UtcOf(TurnClock.Now);
            var second = now.Ticks / TimeSpan.TicksPerSecond;
            var text = Volatile.Read(ref _text);
            if (text.Second == second) return text.Bytes;
            var bytes = new byte[29];
            Utf8Formatter.TryFormat(now, bytes, out _, 'R');
            Volatile.Write(ref _text, new Text(second, bytes));
            return bytes;
        }
    }

    private sealed record Text(long Second, byte[] Bytes);
}
