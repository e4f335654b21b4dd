using System.Globalization;
using System.Text;
using Proxy.Http.Clients;

namespace Proxy.Host.Status;

/// <summary>What goes on at this moment, for people: what USR1 prints. No event loop is held up for it.</summary>
internal sealed class StatusReport(Sighted proxy)
{
    /// <summary>Connections that are listed, the oldest; the others are counted.</summary>
    public const int ConnectionsMax = 1000;

    /// <summary>Backends that are listed, those with the most idle connections.</summary>
    public const int BackendsMax = 100;

    private const int HostCharactersMax = 255;
    private readonly StringBuilder _text = new();

    public override string ToString()
    {
        _text.Clear();
        Line($"== planb {Environment.ProcessId}, {DateTimeOffset.Now:yyyy-MM-dd HH:mm:ss zzz}");
        Connections();
        Handshakes();
        Pool();
        foreach (var loop in proxy.Transport.GetLoopStatus())
            Line($"loop {loop.Index}: {loop.Descriptors} descriptors, {loop.QueuedItems} posted, turn {loop.Turns}");
        Threads();
        Memory();
        return Line("== end").ToString();
    }

    private void Connections()
    {
        var meter = proxy.Context.Meter;
        var (open, listed) = (proxy.Context.Connections.Count, proxy.Context.Connections.GetOldest(ConnectionsMax));
        Line($"connections: {open} open, {meter.InFlight} requests in flight, {meter.OpenTunnels} tunnels");
        foreach (var sight in listed)
            Line($"{Seconds(sight.Age),12}  {Name(sight.Stage),-19} {sight.Peer} loop {sight.Home} " +
                Printable(sight.Host));
        if (open > listed.Count) Line($"  and {open - listed.Count} younger ones");
    }

    private void Handshakes()
    {
        if (proxy.Tls is not { } tls) return;
        var now = proxy.Deadlines.Now;
        Line($"handshakes: {tls.PendingHandshakeCount}");
        var listed = tls.PendingHandshakes.Take(ConnectionsMax).OrderBy(shaking => shaking.Value);
        foreach (var (client, since) in listed)
            Line($"{Seconds(now - since),12}  {"handshaking",-19} {client.RemoteEndPoint} loop {client.LoopIndex}");
    }

    private void Pool()
    {
        var pool = proxy.Context.Pool;
        Line($"backend connections: {pool.OpenCount} open, {pool.IdleCount} idle");
        foreach (var (address, idle) in pool.IdleByAddress(BackendsMax)) Line($"{idle,12}  idle to {address}");
    }

    private void Threads()
    {
        var threads = ThreadTimes.Read();
        Line($"threads: {threads.Count}; pool: {ThreadPool.ThreadCount}, {ThreadPool.PendingWorkItemCount} wait");
        foreach (var thread in threads)
            Line($"{thread.Id,12}  {thread.Name,-16} user {thread.User:0.00}s, system {thread.System:0.00}s");
    }

    private void Memory()
    {
        var heap = GC.GetTotalMemory(forceFullCollection: false);
        Line($"memory: {Environment.WorkingSet >> 10} kB resident, {heap >> 10} kB heap, " +
            $"{GC.GetTotalAllocatedBytes() >> 10} kB allocated so far");
        Line($"collections: {GC.CollectionCount(0)} of generation 0, {GC.CollectionCount(1)} of 1, " +
            $"{GC.CollectionCount(2)} of 2, {GC.GetTotalPauseDuration().TotalMilliseconds:0.0} ms paused");
    }

    private static string Name(ConnectionStage stage) => stage switch
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

    // What clients send must not look like lines of ours, nor colour the terminal.
    private static string Printable(string? host) => host is null
        ? ""
        : string.Concat(host.Take(HostCharactersMax).Select(letter => letter is > ' ' and <= '~' ? letter : '?'));

    private StringBuilder Line(string line) => _text.Append(line).Append('\n');
}
