using System.Buffers.Text;
using Proxy.Core;
using Proxy.Core.Telemetry;
using Proxy.Core.Transport;

namespace Proxy.Http.Forwarding;

/// <summary>The Date header of the current second (RFC 9110 §5.6.7).</summary>
internal sealed class DateField(Deadlines deadlines)
{
    private readonly PerSecondText _text = new(Format);

    /// <summary>The value in ASCII, valid until the next second.</summary>
    public ReadOnlySpan<byte> Value => _text.At(deadlines.UtcOf(TurnClock.Now));

    private static byte[] Format(DateTimeOffset time)
    {
        var bytes = new byte[29];
        Utf8Formatter.TryFormat(time, bytes, out _, 'R');
        return bytes;
    }
}
