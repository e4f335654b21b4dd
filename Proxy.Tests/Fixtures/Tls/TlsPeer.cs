using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.Fixtures.Tls;

/// <summary>One end of a TLS connection, by .NET's own SslStream over a socket. Every wait is bounded.</summary>
internal sealed class TlsPeer : IDisposable
{
    private readonly List<byte> _received = [];

    private TlsPeer(Socket socket)
    {
        Socket = socket;
        Stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
    }

    public Socket Socket { get; }

    public SslStream Stream { get; }

    /// <summary>The subject of the other side's certificate.</summary>
    public string Subject => Stream.RemoteCertificate!.Subject;

    /// <summary>The names of the certificates that came with it, its own first.</summary>
    public IReadOnlyList<string> Chain { get; private set; } = [];

    public static async Task<TlsPeer> ConnectAsync(
        int port, string serverName, SslProtocols protocols = SslProtocols.None, params string[] alpn)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        return await ConnectAsync(socket, serverName, protocols, alpn);
    }

    /// <summary>Shakes hands on a connection that is there already.</summary>
    public static async Task<TlsPeer> ConnectAsync(
        Socket socket, string serverName, SslProtocols protocols = SslProtocols.None, params string[] alpn)
    {
        var peer = new TlsPeer(socket);
        try
        {
            using var patience = new CancellationTokenSource(Peer.Patience);
            await peer.Stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    EnabledSslProtocols = protocols,
                    ApplicationProtocols = [.. alpn.Select(name => new SslApplicationProtocol(name))],
                    RemoteCertificateValidationCallback = peer.TakeCertificates,
                },
                patience.Token);
            return peer;
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    public static async Task<TlsPeer> AcceptAsync(Peer accepted, CertificatePem pem)
    {
        var peer = new TlsPeer(accepted.Socket);
        using var patience = new CancellationTokenSource(Peer.Patience);
        using var certificate = X509Certificate2.CreateFromPem(pem.Certificate, pem.Key);
        await peer.Stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = certificate }, patience.Token);
        return peer;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Peer.Patience);
        await Stream.WriteAsync(bytes, patience.Token);
    }

    /// <summary>Start line and fields, with the empty line.</summary>
    public async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            var end = Text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0) return Encoding.Latin1.GetString(Take(end + 4));
            if (!await ReceiveAsync()) throw new EndOfStreamException($"ended before a head was complete: '{Text}'");
        }
    }

    public async Task<string> ReadAsync(int count) => Encoding.Latin1.GetString(await ReadBytesAsync(count));

    public async Task<byte[]> ReadBytesAsync(int count)
    {
        while (_received.Count < count)
            if (!await ReceiveAsync()) throw new EndOfStreamException($"ended after {_received.Count} bytes");
        return Take(count);
    }

    /// <summary>Receives a head and a body of the length in it.</summary>
    public async Task<string> ReadMessageAsync()
    {
        var head = await ReadHeadAsync();
        return Peer.ValueOf(head, "Content-Length") is { } length ? head + await ReadAsync(int.Parse(length)) : head;
    }

    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }

        return Encoding.Latin1.GetString(Take(_received.Count));
    }

    public Task HalfCloseAsync() => SessionEnd.SendAsync(Stream);

    public void Dispose() => Stream.Dispose();

    private string Text => Encoding.Latin1.GetString([.. _received]);

    private bool TakeCertificates(object _, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Chain = [certificate!.Subject, .. chain!.ChainPolicy.ExtraStore.Select(other => other.Subject)];
        return true;
    }

    private async Task<bool> ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        using var patience = new CancellationTokenSource(Peer.Patience);
        var count = await Stream.ReadAsync(buffer, patience.Token);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private byte[] Take(int count)
    {
        byte[] taken = [.. _received[..count]];
        _received.RemoveRange(0, count);
        return taken;
    }
}
