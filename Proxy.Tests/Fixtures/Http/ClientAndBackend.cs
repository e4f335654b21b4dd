namespace Proxy.Tests.Fixtures.Http;

/// <summary>A proxy between one client and one backend: the usual beginning of a test.</summary>
internal sealed class ClientAndBackend : IAsyncDisposable
{
    private ClientAndBackend(ProxyUnderTest proxy, ScriptedBackend backend, Peer client) =>
        (Proxy, Backend, Client) = (proxy, backend, client);

    public ProxyUnderTest Proxy { get; }

    public ScriptedBackend Backend { get; }

    public Peer Client { get; }

    public static async Task<ClientAndBackend> BeginAsync(ProxyUnderTest proxy, int receiveBytes = 0)
    {
        var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        return new ClientAndBackend(proxy, backend, await Peer.ConnectAsync(proxy.Port, receiveBytes));
    }

    /// <summary>Returns what the backend and the client received when each sends this.</summary>
    public async Task<(string Request, string Response)> ExchangeAsync(
        string request, string response, bool responseHasBody = true)
    {
        await Client.SendAsync(request);
        using var peer = await Backend.AcceptAsync();
        var got = await peer.ReadMessageAsync();
        await peer.SendAsync(response);
        return (got, await Client.ReadMessageAsync(responseHasBody));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Backend.Dispose();
        await Proxy.DisposeAsync();
    }
}
