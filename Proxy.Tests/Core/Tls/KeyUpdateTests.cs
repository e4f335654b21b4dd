using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>
/// A record may carry nothing (RFC 8446 §4.6.3): what came before it is passed on, and does not wait for what follows.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class KeyUpdateTests(Engine engine)
{
    private const char ApplicationData = (char)23;
    private const int RecordHead = 5;

    // Of what a record carries: its inner type, and its tag.
    private const int Overhead = 17;

    // openssl makes two records of it, and the second one is read into a block with room for a third.
    private static readonly string Request =
        $"GET / HTTP/1.1\r\nHost: a.com\r\nCookie: {new string('c', 12_000)}\r\n\r\n";

    [Test]
    public async Task RequestWithAKeyUpdateBehindIt_IsServed([Values(0, 3, 20)] int bytesOfTheNext)
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var authority = new TestAuthority();
        using var certificates = FixedCertificates.CacheFor(authority);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        using var between = new ScriptedBackend();
        using var openssl = Start(between.Port);
        try
        {
            var near = await between.AcceptAsync();
            using var far = await Peer.ConnectAsync(proxy.ListenTls(certificates));
            var answering = PassBackAsync(far.Socket, near.Socket);
            var record = "";
            while (!record.StartsWith(ApplicationData)) await far.SendAsync(record = await RecordAsync(near));

            var all = await SayAsync(openssl, Request, near);
            all += await SayAsync(openssl, "k\n", near);
            var next = await SayAsync(openssl, "GET /next HTTP/1.1\r\nHost: a.com\r\n\r\n", near);
            await far.SendAsync(all + next[..bytesOfTheNext]);
            var peer = await backend.AcceptAsync();
            Assert.That(await peer.ReadHeadAsync(), Does.StartWith("GET / HTTP/1.1\r\n"));
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await far.SendAsync(next[bytesOfTheNext..]);
            Assert.That(await peer.ReadHeadAsync(), Does.StartWith("GET /next HTTP/1.1\r\n"));
            await peer.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            far.HalfClose();
            await answering;
        }
        finally
        {
            openssl.Kill();
        }
    }

    private static Process Start(int port) => Process.Start(new ProcessStartInfo(
        "openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-servername", "a.com", "-tls1_3"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    // The records that it becomes; a k at the beginning is openssl's word for a change of keys.
    private static async Task<string> SayAsync(Process openssl, string text, Peer near)
    {
        await openssl.StandardInput.WriteAsync(text);
        await openssl.StandardInput.FlushAsync();
        var records = new StringBuilder();
        for (var left = text.Length; left > 0;)
        {
            var record = await RecordAsync(near);
            records.Append(record);
            left -= record.Length - RecordHead - Overhead;
        }

        return records.ToString();
    }

    private static async Task<string> RecordAsync(Peer from)
    {
        var head = await from.ReadAsync(RecordHead);
        return head + await from.ReadAsync((head[3] << 8) + head[4]);
    }

    private static async Task PassBackAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer) is > 0 and var count) await to.SendAsync(buffer.AsMemory(0, count));
    }
}
