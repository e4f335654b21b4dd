using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http1.Metrics;

namespace Proxy.Http1;

/// <summary>Serves connections, knows those that are open, and lets them end when the proxy stops.</summary>
public sealed class HttpServer
{
    private const int ExchangesKept = 1024;
    private readonly Lock _lock = new();
    private readonly HashSet<ClientConnection> _open = [];
    private readonly Exchange[] _spare = new Exchange[ExchangesKept];
    private readonly Shared _shared;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _spareCount;

    /// <summary>Makes a server that is ready for connections.</summary>
    public HttpServer(Shared shared, TimeProvider time)
    {
        _shared = shared;
        var toBackend = new RequestForwarding(shared.RequestIdHeader, shared.IsHipache);
        var toClient = new ResponseForwarding(new DateField(time), shared.IsHipache);
        Forwarder = new Forwarder(shared, toBackend, toClient);
        Answers = new LocalAnswers(this, toClient);
        Log = new ExchangeLog(shared, toBackend, time);
    }

    /// <summary>Connections that are open, idle ones included.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    internal Timeouts Timeouts => _shared.Timeouts;

    internal Deadlines Deadlines => _shared.Deadlines;

    internal Router Router => _shared.Router;

    internal bool IsHipache => _shared.IsHipache;

    internal Forwarder Forwarder { get; }

    internal LocalAnswers Answers { get; }

    internal ExchangeLog Log { get; }

    internal ExchangeMeter Meter => _shared.Meter;

    internal bool IsDraining => Forwarder.IsDraining;

    /// <summary>Serves one connection until it ends; it belongs to the server from here on.</summary>
    public Task ServeAsync(Connection client)
    {
        var connection = new ClientConnection(client, this);
        lock (_lock) _open.Add(connection);
        return connection.RunAsync();
    }

    /// <summary>
    /// Makes every answer its connection's last, closes idle connections, and waits for the others, at most
    /// <paramref name="limit"/>. False when some were left.
    /// </summary>
    public async Task<bool> DrainAsync(TimeSpan limit, CancellationToken now)
    {
        Forwarder.DrainLimit = limit;
        lock (_lock)
        {
            foreach (var connection in _open) connection.Drain(limit);
            if (_open.Count == 0) return true;
        }

        try
        {
            await _drained.Task.WaitAsync(limit, now);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    internal Caller CallerOf(Connection client) => new(client.RemoteEndPoint, _shared.TrustedProxies);

    internal void Forget(ClientConnection connection)
    {
        lock (_lock)
        {
            _open.Remove(connection);
            if (IsDraining && _open.Count == 0) _drained.TrySetResult();
        }
    }

    internal void Report(Exception fault, Connection client) =>
        _shared.ErrorLog.Write($"connection of {client.RemoteEndPoint} ended by a fault: {fault}");

    internal Exchange RentExchange()
    {
        lock (_lock) return _spareCount > 0 ? _spare[--_spareCount] : new Exchange();
    }

    internal void ReturnExchange(Exchange exchange)
    {
        exchange.End();
        lock (_lock)
        {
            if (_spareCount < ExchangesKept) _spare[_spareCount++] = exchange;
        }
    }
}
