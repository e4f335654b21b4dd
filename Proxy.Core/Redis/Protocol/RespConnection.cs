using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Connections;

namespace Proxy.Core.Redis.Protocol;

/// <summary>
/// A plain connection to a Redis or a Sentinel: for pushed messages, and for commands whose exact reply matters.
/// Everything else uses StackExchange.Redis.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    private readonly Stream _stream;
    private readonly RespReader _reader;

    private RespConnection(Stream stream)
    {
        _stream = stream;
        _reader = new RespReader(_stream);
    }

    /// <param name="endpoint">Its address.</param>
    /// <param name="names">Resolves its name.</param>
    /// <param name="trust">The TLS settings; null without TLS.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="NameUnresolvedException">Its name has no known address.</exception>
    /// <exception cref="RedisHandshakeException">The TLS handshake failed.</exception>
    public static async Task<RespConnection> OpenAsync(
        EndPoint endpoint, NameResolver names, RedisTrust? trust, CancellationToken cancel)
    {
        var socket = await NamedSocket.ConnectAsync(endpoint, names, cancel);
        try
        {
            var plain = new NetworkStream(socket, ownsSocket: true);
            return new RespConnection(trust is null ? plain : await trust.EncryptAsync(plain, endpoint, cancel));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command without waiting for the reply.</summary>
    public ValueTask SendAsync(CancellationToken cancel, params string[] command)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var word in command)
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        return _stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancel);
    }

    /// <summary>Returns the next value, a reply or a push.</summary>
    public ValueTask<RespValue> ReadAsync(CancellationToken cancel) => _reader.ReadAsync(cancel);

    /// <summary>Sends a command and reads its reply; for connections without pushed messages.</summary>
    public async ValueTask<RespValue> CallAsync(CancellationToken cancel, params string[] command)
    {
        await SendAsync(cancel, command);
        return await ReadAsync(cancel);
    }

    public void Dispose() => _stream.Dispose();
}
