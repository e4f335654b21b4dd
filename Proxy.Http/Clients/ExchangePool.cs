using Proxy.Core.Transport;

namespace Proxy.Http.Clients;

/// <summary>
/// A pool of exchanges for reuse. Each event loop has its own store, which only its thread uses: no lock, and no cache
/// line of another core. Connections that do not run on an event loop share one store under a lock.
/// </summary>
internal sealed class ExchangePool
{
    /// <summary>Maximum number of exchanges in one store.</summary>
    private const int PooledMax = 1024;

    private readonly Lock _lock = new();
    private readonly Store _offLoop = new();
    private readonly Store[] _byLoop;
    private readonly ProxyContext _context;
    private readonly ClientProtocol _protocol;

    public ExchangePool(ProxyContext context, ClientProtocol protocol)
    {
        (_context, _protocol) = (context, protocol);
        _byLoop = new Store[context.Pool.LoopCount];
        for (var i = 0; i < _byLoop.Length; i++) _byLoop[i] = new Store();
    }

    /// <summary>Returns a pooled exchange, or a new one.</summary>
    public Exchange Rent(Connection client) => TryTake(client) ?? New();

    /// <summary>Takes back an exchange that is over; drops it when the store is full.</summary>
    public void Return(Exchange exchange, Connection client)
    {
        exchange.End();
        if (client.IsOnLoop)
        {
            _byLoop[client.LoopIndex].TryAdd(exchange);
            return;
        }

        lock (_lock) _offLoop.TryAdd(exchange);
    }

    private Exchange New()
    {
        var backends = _context.Pool.Protocol;
        var exchange = new Exchange(_protocol, backends, _context.Deadlines, _context.Timeouts.Request);
        exchange.Timing.IsOwnTimeRead = _context.IsOwnTimeRead;
        return exchange;
    }

    private Exchange? TryTake(Connection client)
    {
        if (client.IsOnLoop) return _byLoop[client.LoopIndex].TryTake();
        lock (_lock) return _offLoop.TryTake();
    }

    private sealed class Store
    {
        private readonly Exchange?[] _items = new Exchange?[PooledMax];
        private int _count;

        public Exchange? TryTake()
        {
            if (_count == 0) return null;
            var exchange = _items[--_count];
            _items[_count] = null;
            return exchange;
        }

        public void TryAdd(Exchange exchange)
        {
            if (_count < PooledMax) _items[_count++] = exchange;
        }
    }
}
