using System.Net;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Tls.Handshake;

/// <summary>Writes failed handshakes to the error log, in the Go planb's words, at a limited rate.</summary>
internal sealed class HandshakeErrors(Action<string> report, TimeProvider time)
{
    /// <summary>The most lines per second; further ones are only counted.</summary>
    public const int LinesPerSecondMax = 10;

    private readonly Lock _lock = new();
    private long _second = -1;
    private int _lines;
    private int _suppressed;

    public void Write(EndPoint client, string reason)
    {
        var second = (long)time.GetElapsedTime(0).TotalSeconds;
        int suppressed;
        lock (_lock)
        {
            if (second == _second && _lines == LinesPerSecondMax)
            {
                _suppressed++;
                return;
            }

            if (second != _second) (_second, _lines) = (second, 0);
            _lines++;
            (suppressed, _suppressed) = (_suppressed, 0);
        }

        if (suppressed > 0) report($"http: {suppressed} more TLS handshake errors");
        report($"http: TLS handshake error from {TextOf(client)}: {reason}");
    }

    private static EndPoint TextOf(EndPoint client) =>
        client is IPEndPoint ip ? new IPEndPoint(ip.Address.Unmap(), ip.Port) : client;
}
