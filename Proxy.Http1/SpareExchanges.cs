using Proxy.Core.Transport;

namespace Proxy.Http1;

/// <summary>
/// Exchanges that wait for their next request. Those used on the thread of one of the transport's homes stay there,
/// where nobody else takes any: no lock, and no other core's cache. Others share one store.
/// </summary>
internal sealed class SpareExchanges
{
    /// <summary>Exchanges kept in one store.</summary>
    private const int KeptMax = 1024;

    private readonly Lock _lock = new();
    private readonly Store _shared = new();
    private readonly Store[] _homes;
    private readonly bool _isOwnTimeRead;

    public SpareExchanges(int homes, bool isOwnTimeRead)
    {
        _isOwnTimeRead = isOwnTimeRead;
        _homes = new Store[homes];
        for (var i = 0; i < homes; i++) _homes[i] = new Store();
    }

    public Exchange Rent(Connection client) => TryTake(client) ?? new Exchange { IsOwnTimeRead = _isOwnTimeRead };

    public void Return(Exchange exchange, Connection client)
    {
        if (client.IsAtHome)
        {
            _homes[client.Home].TryKeep(exchange);
            return;
        }

        lock (_lock) _shared.TryKeep(exchange);
    }

    private Exchange? TryTake(Connection client)
    {
        if (client.IsAtHome) return _homes[client.Home].TryTake();
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
