using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proxy.Tests.Fixtures.Dns;

/// <summary>
/// A name server on a loopback address, by UDP and TCP, whose every answer is set by the test. Names that were not set
/// do not exist.
/// </summary>
internal sealed class FakeDnsServer : IDisposable
{
    public const int A = 1, Alias = 5, Authority = 6, Aaaa = 28;
    private const int AttemptsMax = 100;

    private readonly ConcurrentDictionary<(string Name, int Type), DnsReply> _replies = new();
    private readonly ConcurrentQueue<(string Name, int Type)> _questions = new();
    private readonly Socket _udp;
    private readonly TcpListener _tcp;
    private int _tcpQuestions;

    public FakeDnsServer(string address = "127.0.0.1", int port = 0)
    {
        (_udp, _tcp) = Bind(IPAddress.Parse(address), port);
        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    public int Port => ((IPEndPoint)_udp.LocalEndPoint!).Port;

    /// <summary>Questions that came by TCP.</summary>
    public int TcpQuestions => Volatile.Read(ref _tcpQuestions);

    /// <summary>How every name is answered that was not set.</summary>
    public DnsReply Default { get; set; } = new(ResponseCode: 3);

    /// <summary>How often a name's addresses of IPv4, or of that type, were requested.</summary>
    public int Questions(string name, int type = A) => _questions.Count(asked => asked == (name, type));

    /// <summary>The name has these addresses, and of a family without any none.</summary>
    public void Set(string name, int timeToLive, params string[] addresses)
    {
        foreach (var type in (int[])[A, Aaaa])
        {
            _replies[(name, type)] = new DnsReply
            {
                Records = [.. from ip in addresses.Select(IPAddress.Parse)
                              where (ip.AddressFamily == AddressFamily.InterNetworkV6) == (type == Aaaa)
                              select new DnsRecord(name, type, timeToLive, ip.GetAddressBytes())],
            };
        }
    }

    /// <summary>The name is answered so, for one type or for both.</summary>
    public void Set(string name, DnsReply reply, int type = 0)
    {
        if (type is 0 or A) _replies[(name, A)] = reply;
        if (type is 0 or Aaaa) _replies[(name, Aaaa)] = reply;
    }

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    /// <summary>A name as it stands in a record.</summary>
    public static byte[] Encoded(string name) =>
        [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    // One port for both, which may be free for one and taken for the other.
    private static (Socket Udp, TcpListener Tcp) Bind(IPAddress address, int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(new IPEndPoint(address, port));
                var tcp = new TcpListener(address, ((IPEndPoint)udp.LocalEndPoint!).Port);
                tcp.Start();
                return (udp, tcp);
            }
            catch (SocketException) when (attempt < AttemptsMax && port == 0)
            {
                udp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                var from = new IPEndPoint(IPAddress.Any, 0);
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, from);
                _ = AnswerUdpAsync(buffer[..received.ReceivedBytes], received.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerUdpAsync(byte[] query, EndPoint client)
    {
        if (await ReplyToAsync(query) is not { } reply) return;
        try
        {
            await _udp.SendToAsync(Message(query, reply, reply.IsTruncated), client);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true) _ = AnswerTcpAsync(await _tcp.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerTcpAsync(TcpClient client)
    {
        using var closing = client;
        try
        {
            var stream = client.GetStream();
            var length = new byte[2];
            while (true)
            {
                await stream.ReadExactlyAsync(length);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query);
                Interlocked.Increment(ref _tcpQuestions);
                if (await ReplyToAsync(query) is not { } reply) continue;
                var message = Message(query, reply, isTruncated: false);
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)message.Length);
                await stream.WriteAsync((byte[])[.. length, .. message]);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client has left.
        }
    }

    private async Task<DnsReply?> ReplyToAsync(byte[] query)
    {
        var (name, type, _) = QuestionOf(query);
        _questions.Enqueue((name, type));
        var reply = _replies.GetValueOrDefault((name, type), Default);
        if (reply.Delay > TimeSpan.Zero) await Task.Delay(reply.Delay);
        return reply.IsSilent ? null : reply;
    }

    private static (string Name, int Type, int End) QuestionOf(byte[] query)
    {
        var labels = new List<string>();
        var at = 12;
        while (query[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
            at += query[at] + 1;
        }

        return (string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1)), at + 5);
    }

    private static byte[] Message(byte[] query, DnsReply reply, bool isTruncated)
    {
        DnsRecord[] answers = isTruncated ? [] : [.. reply.Records.Where(record => record.Type != Authority)];
        DnsRecord[] authorities = [.. reply.Records.Where(record => record.Type == Authority)];
        return
        [
            query[0], query[1], (byte)(isTruncated ? 0x83 : 0x81), (byte)(0x80 | reply.ResponseCode),
            0, 1, 0, (byte)answers.Length, 0, (byte)authorities.Length, 0, 0,
            .. query[12..QuestionOf(query).End],
            .. answers.Concat(authorities).SelectMany(BytesOf),
        ];
    }

    private static byte[] BytesOf(DnsRecord record)
    {
        var fixedPart = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart, (ushort)record.Type);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(2), 1);
        BinaryPrimitives.WriteInt32BigEndian(fixedPart.AsSpan(4), record.TimeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(8), (ushort)record.Data.Length);
        return [.. Encoded(record.Name), .. fixedPart, .. record.Data];
    }
}
