using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Admission;
using Proxy.Core.Transport.ProxyProtocol;
using Proxy.Host.CommandLine;
using Proxy.Host.Service;

namespace Proxy.Host.Wiring;

/// <summary>The listeners for clients: on the addresses of the flags, or on sockets of the service manager.</summary>
internal sealed class Listeners : IAsyncDisposable
{
    private readonly Settings _settings;
    private readonly ITransport _transport;
    private readonly Deadlines _deadlines;
    private readonly Action<string> _errors;
    private readonly ConnectionGate _gate;
    private readonly InheritedSockets _inherited;
    private readonly List<IListener> _listeners = [];
    private volatile IReadOnlyList<EndPoint> _addresses = [];

    /// <exception cref="StartFailure">The service manager's variables are invalid.</exception>
    public Listeners(Settings settings, ITransport transport, Deadlines deadlines, Action<string> errors)
    {
        (_settings, _transport, _deadlines, _errors) = (settings, transport, deadlines, errors);
        _inherited = InheritedSockets.FromEnvironment(hasPlain: settings.Listen is not null);
        _gate = new ConnectionGate(ConnectionBounds.Of(settings, errors), errors, TimeProvider.System);
    }

    /// <summary>The addresses that connections are accepted on.</summary>
    public IReadOnlyList<EndPoint> Addresses => _addresses;

    /// <summary>Whether there are as many connections as allowed, so that further ones wait.</summary>
    public bool IsFull => _gate.IsFull;

    /// <summary>Checks that the flags and the given sockets fit together.</summary>
    /// <exception cref="StartFailure">They do not.</exception>
    public async Task CheckAsync()
    {
        var (http, https) = (_inherited.Http.Count > 0, _inherited.Https.Count > 0);
        if (await AddressConflict.FindAsync(_settings, withoutHttp: http, withoutHttps: https) is { } conflict)
        {
            throw new StartFailure($"cannot listen on {conflict.Address} twice (--{conflict.First}, " +
                $"--{conflict.Second}): take another port for one of them");
        }

        if (https && _settings.Tls is null)
            throw new StartFailure("cannot use the given socket for HTTPS: TLS is off (--tls-listen)");
    }

    /// <summary>Listens for HTTP, if it is on.</summary>
    /// <exception cref="StartFailure">The address cannot be listened on.</exception>
    public async Task ListenHttpAsync(Func<Connection, Task> serve)
    {
        if (await OpenAsync(_inherited.Http, _settings.Listen, "--listen", serve) is { } address)
            _errors($"Listening on {address}...");
    }

    /// <summary>Listens for HTTPS.</summary>
    /// <exception cref="StartFailure">The address cannot be listened on.</exception>
    public async Task ListenHttpsAsync(EndPoint address, Func<Connection, Task> serve) =>
        _errors($"Listening tls on {await OpenAsync(_inherited.Https, address, "--tls-listen", serve)}...");

    /// <summary>Closes the listeners. Connections that the kernel has queued are accepted first.</summary>
    public async Task StopAsync()
    {
        _addresses = [];
        foreach (var listener in _listeners)
        {
            _errors($"Stopping listening on {listener.LocalEndPoint}...");
            await listener.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners) await listener.DisposeAsync();
    }

    /// <summary>Resolves an address and listens on it.</summary>
    /// <exception cref="StartFailure">The address cannot be listened on.</exception>
    public static async Task<IListener> ListenAsync(EndPoint address, string flag, Func<IPEndPoint, IListener> listen)
    {
        try
        {
            return listen(await HostAndPort.ResolveAsync(address));
        }
        catch (SocketException e)
        {
            throw new StartFailure($"cannot listen on {HostAndPort.TextOf(address)}: {e.Message} ({flag}): " +
                ListenAdvice.For(e.SocketErrorCode, address), e);
        }
    }

    private async Task<EndPoint?> OpenAsync(
        IReadOnlyList<int> sockets, EndPoint? address, string flag, Func<Connection, Task> serve)
    {
        if (_settings.TakesProxyProtocol) serve = BehindProxyHeader(serve);
        var listener = sockets.Count > 0 ? Adopt(sockets, serve)
            : address is null ? null
            : await ListenAsync(address, flag, bound => _transport.Listen(bound, serve, _gate));
        if (listener is null) return null;
        _listeners.Add(listener);
        _addresses = [.. _addresses, listener.LocalEndPoint];
        return listener.LocalEndPoint;
    }

    private IListener Adopt(IReadOnlyList<int> sockets, Func<Connection, Task> serve)
    {
        try
        {
            return _transport.Adopt(sockets, serve, _gate);
        }
        catch (SocketException e)
        {
            throw new StartFailure(
                $"cannot listen on a given socket: {e.Message} (LISTEN_FDS): it must listen for TCP", e);
        }
    }

    // The PROXY header comes before everything else, TLS included.
    private Func<Connection, Task> BehindProxyHeader(Func<Connection, Task> serve)
    {
        var acceptor = new ProxyAcceptor(_deadlines, _settings.TrustedProxies, _errors);
        return client => acceptor.ServeAsync(client, serve);
    }
}
