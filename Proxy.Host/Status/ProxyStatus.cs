using System.Net;
using Proxy.Core.Transport;
using Proxy.Http.Clients;

namespace Proxy.Host.Status;

/// <summary>
/// The status of the running proxy at one moment. <see cref="StatusSource"/> takes it; <see cref="StatusText"/> and
/// <see cref="StatusJson"/> render it.
/// </summary>
internal sealed record ProxyStatus
{
    /// <summary>The most entries of each list; the counts next to a list cover all of them.</summary>
    public const int ListedMax = 1000;

    /// <summary>The most certificates, those that expire first.</summary>
    public const int CertificatesMax = 10;

    public DateTimeOffset Time { get; } = DateTimeOffset.Now;

    public string Version { get; } = BuildVersion.Number;

    public int ProcessId { get; } = Environment.ProcessId;

    /// <summary>Why the proxy is not ready; null when it is ready, or when that was not checked.</summary>
    public required string? NotReadyReason { get; init; }

    public required ClientStatus Clients { get; init; }

    public required PoolStatus Pool { get; init; }

    public required RoutesStatus Routes { get; init; }

    public required DeadBackendsStatus DeadBackends { get; init; }

    /// <summary>The connections to Redis; empty when routes come from a file.</summary>
    public required IReadOnlyList<RedisStatus> Redis { get; init; }

    /// <summary>The cached certificates that expire first; null without TLS.</summary>
    public required IReadOnlyList<(string Name, DateTime Expiry)>? Certificates { get; init; }

    public required LogStatus Logs { get; init; }

    /// <summary>The event loops; empty on a transport without loops.</summary>
    public required IReadOnlyList<LoopStatus> Loops { get; init; }

    public required ThreadStatus Threads { get; init; }

    public MemoryStatus Memory { get; } = new();
}

/// <summary>The connections of clients.</summary>
internal sealed record ClientStatus
{
    /// <summary>Connections that are accepted and past their TLS handshake, if they have one.</summary>
    public required int Established { get; init; }

    /// <summary>Requests in flight.</summary>
    public required long InFlight { get; init; }

    public required long Tunnels { get; init; }

    /// <summary>The oldest established connections, the oldest first.</summary>
    public required IReadOnlyList<ConnectionStatus> Oldest { get; init; }

    /// <summary>TLS handshakes that are not finished.</summary>
    public required int PendingHandshakes { get; init; }

    /// <summary>Some of the pending handshakes, the oldest first; null without TLS.</summary>
    public required IReadOnlyList<HandshakeStatus>? Handshakes { get; init; }

    /// <summary>All open connections, those in their handshake included.</summary>
    public long Open => Established + PendingHandshakes;

    /// <summary>Connections without a request. The numbers are read one after the other, hence the bound.</summary>
    public long Idle => Math.Max(0, Established - InFlight - Tunnels);
}

/// <summary>A pending TLS handshake.</summary>
/// <param name="Age">Milliseconds since it began.</param>
/// <param name="Peer">The client.</param>
/// <param name="Loop">The event loop of its connection.</param>
internal readonly record struct HandshakeStatus(long Age, EndPoint Peer, int Loop);

/// <summary>The connections to backends.</summary>
/// <param name="Open">Connections in use and idle ones.</param>
/// <param name="Idle">Idle connections.</param>
/// <param name="IdleByAddress">Idle connections of each address, the address with the most first.</param>
internal sealed record PoolStatus(long Open, long Idle, IReadOnlyList<(string Address, int Idle)> IdleByAddress);

/// <summary>The routes in memory.</summary>
/// <param name="Hosts">Hosts with a route.</param>
/// <param name="UnknownHosts">Hosts that are known to have none.</param>
/// <param name="Invalid">Hosts whose list has an entry that is not a backend URL.</param>
/// <param name="Changes">How changes arrive: <c>pushed</c>, <c>polled</c>, or <c>lost</c> while Redis is unavailable.
/// </param>
/// <param name="Staleness">For how long changes have been lost.</param>
internal sealed record RoutesStatus(
    int Hosts, int UnknownHosts, int Invalid, string Changes, TimeSpan Staleness);

/// <summary>Backends that are out of service.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Probed">How many of them this node probes.</param>
/// <param name="Listed">Some of them.</param>
internal sealed record DeadBackendsStatus(int Count, int Probed, IReadOnlyList<DeadBackendStatus> Listed);

/// <summary>A backend that is out of service.</summary>
/// <param name="Frontend">The host it belongs to.</param>
/// <param name="Url">The URL as stored.</param>
/// <param name="Index">Its 0-based position in the list.</param>
/// <param name="Origin">The source of the mark: <c>router</c>, <c>other node</c>, <c>probe</c> or <c>redis</c>.</param>
internal sealed record DeadBackendStatus(string Frontend, string Url, int Index, string Origin);

/// <summary>A connection to Redis.</summary>
/// <param name="Role"><c>read</c> or <c>write</c>.</param>
/// <param name="Server">The address; null before the first connection.</param>
/// <param name="IsUp">Whether it is connected.</param>
/// <param name="Reconnects">How often it was connected again.</param>
/// <param name="Commands">Commands so far.</param>
internal sealed record RedisStatus(string Role, string? Server, bool IsUp, long Reconnects, long Commands);

/// <summary>Lines of the logs that could not be written.</summary>
/// <param name="AccessDropped">Lines of the access log.</param>
/// <param name="ErrorDropped">Lines of the error log.</param>
internal sealed record LogStatus(long AccessDropped, long ErrorDropped);

/// <summary>The threads of the process.</summary>
internal sealed record ThreadStatus
{
    public IReadOnlyList<ThreadTimes> All { get; } = ThreadTimes.Read();

    public int PoolThreads { get; } = ThreadPool.ThreadCount;

    /// <summary>Work items that no thread of the pool has begun.</summary>
    public long PendingWorkItems { get; } = ThreadPool.PendingWorkItemCount;
}

/// <summary>Memory and garbage collections.</summary>
internal sealed record MemoryStatus
{
    public long ResidentBytes { get; } = Environment.WorkingSet;

    public long HeapBytes { get; } = GC.GetTotalMemory(forceFullCollection: false);

    public long AllocatedBytes { get; } = GC.GetTotalAllocatedBytes();

    /// <summary>Collections by generation.</summary>
    public IReadOnlyList<int> Collections { get; } =
        [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];

    public TimeSpan Paused { get; } = GC.GetTotalPauseDuration();
}
