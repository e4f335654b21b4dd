using Proxy.Core.Transport;

namespace Proxy.Http.Clients;

/// <summary>
/// Exchanges that wait for their next request. Those used on the thread of one of the transport's homes stay there,
/// where nobody else takes any: no lock, and no other core's cache. Others share one store.
/// </summary>
internal sealed class ExchangePool
{
    /// <summary>Exchanges kept in one store.</summary>
    private const int KeptMax = 1024;

    private readonly Lock _lock = new();
    private readonly Store _shared = new();
    private readonly Store[] _byLoop;
    private readonly ProxyContext _context;
    private readonly ClientProtocol _protocol;

    public ExchangePool(ProxyContext context, ClientProtocol protocol)
    {
        (_context, _protocol) = (context, protocol);
        _byLoop = new Store[context.Pool.LoopCount];
        for (var i = 0; i < _byLoop.Length; i++) _byLoop[i] = new Store();
    }

    public Exchange Rent(Connection client) => TryTake(client) ?? New();

    public void Return(Exchange exchange, Connection client)
    {
        exchange.End();
        if (client.IsOnLoop)
        {
            _byLoop[client.LoopIndex].TryKeep(exchange);
            return;
        }

        lock (_lock) _shared.TryKeep(exchange);
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
        lock (_lock) return _shared.TryTake();
    }

    private sealed class Store
    {
        private readonly Exchange?[] _kept = new Exchange?[KeptMax];
        private int _count;

        public Exchange? TryTake()
        {
            if (_count == 0) return null;
            var exchange = _kept[--_count];
            _kept[_count] = null;
            return exchange;
        }

        public void TryKeep(Exchange exchange)
        {
            if (_count < KeptMax) _kept[_count++] = exchange;
        }
    }
}
