using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proxy.Tests.Fixtures.Redis;

/// <summary>One connection to a Redis, that sends a command and waits for its reply, both in RESP2.</summary>
internal sealed class RedisClient : IDisposable
{
    private const int ReceiveMilliseconds = 20_000;

    private readonly NetworkStream _stream;
    private readonly BufferedStream _replies;

    private RedisClient(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true) { ReadTimeout = ReceiveMilliseconds };
        _replies = new BufferedStream(_stream);
    }

    /// <exception cref="SocketException">No server listens there.</exception>
    public static RedisClient Open(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return new RedisClient(socket);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Returns the reply as redis-cli prints it into a file: an element a line, errors as text.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public string Call(params string[] command)
    {
        var request = new StringBuilder($"*{command.Length}\r\n");
        foreach (var word in command) request.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        _stream.Write(Encoding.UTF8.GetBytes(request.ToString()));
        return ReadReply();
    }

    public void Dispose() => _replies.Dispose();

    private string ReadReply()
    {
        var line = ReadLine();
        return line[0] switch
        {
            '+' or '-' or ':' => line[1..],
            '$' => ReadBulk(Length(line)),
            '*' => string.Join('\n', Enumerable.Range(0, Math.Max(0, Length(line))).Select(_ => ReadReply())),
            _ => throw new IOException($"no reply of Redis: {line}"),
        };
    }

    private string ReadBulk(int length)
    {
        if (length < 0) return "";
        var bytes = new byte[length + 2];
        _replies.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (_replies.ReadByte() is var next && next != '\n')
        {
            if (next < 0) throw new EndOfStreamException("Redis closed the connection");
            if (next != '\r') line.Append((char)next);
        }

        return line.ToString();
    }

    private static int Length(string line) => int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
}
