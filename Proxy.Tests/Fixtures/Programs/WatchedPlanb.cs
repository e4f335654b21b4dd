using System.Net;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Fixtures.Programs;

/// <summary>The running program with everything that has metrics: Redis, TLS and a page server.</summary>
internal sealed class WatchedPlanb : IAsyncDisposable
{
    private const string ListeningForPages = "Serving metrics on ";
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-watched-").FullName;

    private WatchedPlanb()
    {
        using var authority = new TestAuthority();
        var pem = authority.Issue("a.com");
        File.WriteAllText(Path.Combine(_folder, "a.com.crt"), pem.Certificate);
        File.WriteAllText(Path.Combine(_folder, "a.com.key"), pem.Key);
        Planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--load-certificates-from", _folder,
            "--default-certificate", "a.com", "--access-log", "none", "--metrics-address", "127.0.0.1:0",
            "--metrics-hosts", "5", "--read-redis-port", $"{Redis.Port}", "--write-redis-port", $"{Redis.Port}");
    }

    public RedisServer Redis { get; } = RedisServer.Start();

    public PlanbProcess Planb { get; }

    /// <summary>Where it proxies.</summary>
    public int Port { get; private set; }

    private int PagesPort { get; set; }

    public static async Task<WatchedPlanb> StartAsync()
    {
        var watched = new WatchedPlanb();
        watched.Port = (await watched.Planb.ListeningAsync()).Port;
        var line = await watched.Planb.ErrorLineAsync(ListeningForPages);
        var address = line[(line.IndexOf(ListeningForPages, StringComparison.Ordinal) + ListeningForPages.Length)..];
        watched.PagesPort = IPEndPoint.Parse(address.TrimEnd('.')).Port;
        return watched;
    }

    /// <summary>A request through the proxy; its answer's head.</summary>
    public async Task<string> AskAsync(string host)
    {
        using var client = await Peer.ConnectAsync(Port);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        return await client.ReadHeadAsync();
    }

    /// <summary>A page about it.</summary>
    public async Task<(string Head, string Body)> GetAsync(string path, string fields = "")
    {
        var response = await SayAsync("GET " + path, fields);
        var end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        return (response[..end], response[end..]);
    }

    /// <summary>Everything that the page server answers.</summary>
    public Task<string> SayAsync(string methodAndPath, string fields) => Peer.AskAsync(
        PagesPort, $"{methodAndPath} HTTP/1.1\r\nHost: planb\r\n{fields}Connection: close\r\n\r\n");

    public async ValueTask DisposeAsync()
    {
        await Planb.DisposeAsync();
        Redis.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
