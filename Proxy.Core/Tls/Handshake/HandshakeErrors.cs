using System.Net;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Tls.Handshake;

/// <summary>Tells the error log about failed handshakes, in planb's words, and no more of them than it bears.</summary>
internal sealed class HandshakeErrors(Action<string> report, TimeProvider time)
{
    /// <summary>Lines a second; the others are only counted.</summary>
    public const int LinesPerSecondMax = 10;

    private readonly Lock _lock = new();
    private long _second = -1;
    private int _lines;
    private int _untold;

    public void Write(EndPoint client, string reason)
    {
        var second = (long)time.GetElapsedTime(0).TotalSeconds;
        int untold;
        lock (_lock)
        {
            if (second == _second && _lines == LinesPerSecondMax)
            {
                _untold++;
                return;
            }

            if (second != _second) (_second, _lines) = (second, 0);
            _lines++;
            (untold, _untold) = (_untold, 0);
        }

        if (untold > 0) report($"http: {untold} more TLS handshake errors");
        report($"http: TLS handshake error from {TextOf(client)}: {reason}");
    }

    private static EndPoint TextOf(EndPoint client) =>
        client is IPEndPoint ip ? new IPEndPoint(ip.Address.Unmap(), ip.Port) : client;
}
