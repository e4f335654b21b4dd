using System.Net;
using Proxy.Core.Dns;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.Fixtures.Dns;

/// <summary>A resolver with files, a name server and a clock of its own.</summary>
internal sealed class ResolverSetup : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-dns-").FullName;
    private readonly List<string> _log = [];

    /// <param name="options">Further lines of resolv.conf.</param>
    /// <param name="hosts">The hosts file.</param>
    /// <param name="sources">The line of nsswitch.conf.</param>
    /// <param name="servers">The name servers' addresses; the first one is <see cref="Server"/>.</param>
    public ResolverSetup(string options = "", string hosts = "", string sources = "hosts: files dns",
        string servers = "127.0.0.1")
    {
        var lines = string.Concat(servers.Split(' ').Select(server => $"nameserver {server}\n"));
        WriteHosts(hosts);
        WriteResolver(lines + options);
        File.WriteAllText(Path("nsswitch.conf"), sources + "\n");
        var settings = new NameSettings
        {
            HostsFile = Path("hosts"), ResolverFile = Path("resolv.conf"), SwitchFile = Path("nsswitch.conf"),
            Port = Server.Port,
        };
        Resolver = new NameResolver(settings, Time, line =>
        {
            lock (_log) _log.Add(line);
        });
    }

    public FakeDnsServer Server { get; } = new();

    /// <summary>The clock of what is cached; the name server's answers take real time.</summary>
    public ManualTime Time { get; } = new();

    public NameResolver Resolver { get; }

    public string[] Log
    {
        get
        {
            lock (_log) return [.. _log];
        }
    }

    public void WriteHosts(string text) => File.WriteAllText(Path("hosts"), text);

    public void WriteResolver(string text) => File.WriteAllText(Path("resolv.conf"), text);

    /// <summary>Resolves, within the tests' patience.</summary>
    public async Task<NameAnswer> ResolveAsync(string name)
    {
        using var patience = new CancellationTokenSource(Peer.Patience);
        return await Resolver.ResolveAsync(name, patience.Token);
    }

    /// <summary>The addresses in text, sorted; or the outcome where there are none.</summary>
    public async Task<string> TextAsync(string name)
    {
        var answer = await ResolveAsync(name);
        return answer.IsFound ? TextOf(answer.Addresses) : answer.Outcome.ToString();
    }

    public static string TextOf(IEnumerable<IPAddress> addresses) =>
        string.Join(' ', addresses.Select(address => address.ToString()).Order(StringComparer.Ordinal));

    /// <summary>Waits until a name resolves to this, asking again and again.</summary>
    public Task BecomesAsync(string name, string text) =>
        Redis.Eventually.IsTrue(async () => await TextAsync(name) == text, $"{name} becomes {text}");

    public async ValueTask DisposeAsync()
    {
        await Resolver.DisposeAsync();
        Server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Path(string name) => System.IO.Path.Combine(_folder, name);
}
