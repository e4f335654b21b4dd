using System.Globalization;
using System.Text;
using Proxy.Http.Clients;

namespace Proxy.Host.Status;

/// <summary>The status as text, for people: the output of USR1.</summary>
internal sealed class StatusText
{
    private const int BackendsMax = 100;
    private const int HostCharactersMax = 255;
    private readonly StringBuilder _text = new();

    private StatusText()
    {
    }

    /// <summary>Returns the text, several lines.</summary>
    public static string Render(ProxyStatus status)
    {
        var text = new StatusText();
        text.Line($"== planb {status.ProcessId}, {status.Time:yyyy-MM-dd HH:mm:ss zzz}");
        text.AddClients(status.Clients);
        text.AddHandshakes(status.Clients);
        text.AddPool(status.Pool);
        foreach (var loop in status.Loops)
        {
            text.Line($"loop {loop.Index}: {Plural.Of(loop.Descriptors, "descriptor")}, {loop.QueuedItems} queued, " +
                $"turn {loop.Turns}");
        }

        text.AddThreads(status.Threads);
        text.AddMemory(status.Memory);
        text.Line("== end");
        return text._text.ToString();
    }

    private void AddClients(ClientStatus clients)
    {
        Line($"connections: {clients.Established} open, {Plural.Of(clients.InFlight, "request")} in flight, " +
            Plural.Of(clients.Tunnels, "tunnel"));
        foreach (var client in clients.Oldest)
        {
            Line($"{Seconds(client.Age),12}  {NameOf(client.Stage),-19} {client.Peer} loop {client.Loop} " +
                Printable(client.Host));
        }

        var rest = clients.Established - clients.Oldest.Count;
        if (rest > 0) Line($"  and {Plural.Of(rest, "younger connection")}");
    }

    private void AddHandshakes(ClientStatus clients)
    {
        if (clients.Handshakes is not { } handshakes) return;
        Line($"handshakes: {clients.PendingHandshakes}");
        foreach (var (age, peer, loop) in handshakes)
            Line($"{Seconds(age),12}  {"TLS handshake",-19} {peer} loop {loop}");
    }

    private void AddPool(PoolStatus pool)
    {
        Line($"backend connections: {pool.Open} open, {pool.Idle} idle");
        foreach (var (address, idle) in pool.IdleByAddress.Take(BackendsMax)) Line($"{idle,12}  idle to {address}");
    }

    private void AddThreads(ThreadStatus threads)
    {
        Line($"threads: {threads.All.Count}; pool: {threads.PoolThreads}, " +
            $"{Plural.Of(threads.PendingWorkItems, "work item")} pending");
        foreach (var thread in threads.All)
            Line($"{thread.Id,12}  {thread.Name,-16} user {thread.User:0.00}s, system {thread.System:0.00}s");
    }

    private void AddMemory(MemoryStatus memory)
    {
        Line($"memory: {memory.ResidentBytes >> 10} kB resident, {memory.HeapBytes >> 10} kB heap, " +
            $"{memory.AllocatedBytes >> 10} kB allocated so far");
        Line($"collections: {memory.Collections[0]} of generation 0, {memory.Collections[1]} of 1, " +
            $"{memory.Collections[2]} of 2, {memory.Paused.TotalMilliseconds:0.0} ms paused");
    }

    private static string NameOf(ConnectionStage stage) => stage switch
    {
        ConnectionStage.Idle => "idle",
        ConnectionStage.ReadingHead => "reading head",
        ConnectionStage.WaitingForBackend => "waiting for backend",
        ConnectionStage.Sending => "sending",
        ConnectionStage.Tunnel => "tunnel",
        _ => "closing",
    };

    private static string Seconds(long milliseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0}s");

    // The client chose the host: it must not look like a line of this text, nor control the terminal.
    private static string Printable(string? host) => host is null
        ? ""
        : string.Concat(host.Take(HostCharactersMax).Select(letter => letter is > ' ' and <= '~' ? letter : '?'));

    private void Line(string line) => _text.Append(line).Append('\n');
}
