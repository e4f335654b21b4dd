using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http1.Metrics;

namespace Proxy.Http1;

/// <summary>Serves connections, knows those that are open, and lets them end when the proxy stops.</summary>
public sealed class HttpServer
{
    private const int AbortRoundsMax = 20;
    private static readonly TimeSpan AbortRoundPeriod = TimeSpan.FromMilliseconds(50);
    private readonly Lock _lock = new();
    private readonly HashSet<ClientConnection> _open = [];
    private readonly ExchangePool _spare;
    private readonly ProxyContext _shared;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isLast;

    /// <summary>Makes a server that is ready for connections.</summary>
    public HttpServer(ProxyContext shared)
    {
        _shared = shared;
        _spare = new ExchangePool(shared);
        var toBackend = new RequestTransform(shared.RequestIdHeader, shared.IsHipache);
        var toClient = new ResponseTransform(new DateField(shared.Deadlines), shared.IsHipache);
        Drain = new Drain(shared.Deadlines);
        Forwarder = new Forwarder(shared, Drain, toBackend, toClient);
        Answers = new LocalAnswers(this, toClient);
        Log = new ExchangeLog(shared, toBackend);
        Closing = new LingeringClose(shared.Deadlines, shared.LingerTime);
    }

    /// <summary>Connections that are open, idle ones included.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    /// <summary>The connections that are open longest, the oldest first, at most <paramref name="max"/>.</summary>
    public IReadOnlyList<ConnectionStatus> GetConnections(int max) =>
        [.. Open().Select(connection => connection.GetStatus()).OrderByDescending(sight => sight.Age).Take(max)];

    /// <summary>What all connections share.</summary>
    public ProxyContext Shared => _shared;

    internal Timeouts Timeouts => _shared.Timeouts;

    internal Deadlines Deadlines => _shared.Deadlines;

    internal Router Router => _shared.Router;

    internal bool IsHipache => _shared.IsHipache;

    internal Forwarder Forwarder { get; }

    internal LocalAnswers Answers { get; }

    internal ExchangeLog Log { get; }

    internal ExchangeMeter Meter => _shared.Meter;

    internal Drain Drain { get; }

    internal LingeringClose Closing { get; }

    /// <summary>Serves one connection until it ends; it belongs to the server from here on.</summary>
    public Task ServeAsync(Connection client)
    {
        var connection = new ClientConnection(client, this);
        lock (_lock) _open.Add(connection);
        return connection.RunAsync();
    }

    /// <summary>
    /// Makes every answer its connection's last, closes idle connections, and waits for the others, at most
    /// <paramref name="limit"/>, with those that are <paramref name="arriving"/> still. False when some were left.
    /// </summary>
    public async Task<bool> DrainAsync(TimeSpan limit, CancellationToken now, Task? arriving = null)
    {
        Drain.Begin(limit);
        lock (_lock)
        {
            foreach (var connection in _open) connection.Drain(limit);
        }

        try
        {
            if (arriving is not null) await arriving.WaitAsync(limit, now);
            lock (_lock)
            {
                if (_open.Count == 0) return true;
                _isLast = true;
            }

            await _drained.Task.WaitAsync(Drain.Left ?? limit, now);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// Ends what a drain has left, and waits until that has its lines in the logs, at most a second. Returns how many
    /// connections there were.
    /// </summary>
    public async Task<int> AbortAllAsync()
    {
        Drain.End();
        lock (_lock) _isLast = true;
        var open = Open();
        var left = open.Length;
        for (var i = 0; i < AbortRoundsMax && open.Length > 0; i++)
        {
            foreach (var connection in open) connection.Abort();
            await Task.WhenAny(_drained.Task, Task.Delay(AbortRoundPeriod));
            open = Open();
        }

        return left;
    }

    internal ClientInfo ClientInfoOf(Connection client) => new(client.RemoteEndPoint, _shared.TrustedProxies);

    internal void Remove(ClientConnection connection)
    {
        lock (_lock)
        {
            _open.Remove(connection);
            if (_isLast && _open.Count == 0) _drained.TrySetResult();
        }
    }

    private ClientConnection[] Open()
    {
        lock (_lock) return [.. _open];
    }

    internal void Report(Exception fault, Connection client) =>
        _shared.ErrorLog.Write($"connection of {client.RemoteEndPoint} ended by a fault: {fault}");

    internal Exchange RentExchange(Connection client) => _spare.Rent(client);

    internal void ReturnExchange(Exchange exchange, Connection client)
    {
        exchange.End();
        _spare.Return(exchange, client);
    }
}
