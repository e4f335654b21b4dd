namespace Proxy.Tests.Fixtures.Http;

/// <summary>A proxy between one client and one backend: the usual beginning of a test.</summary>
internal sealed class Conversation : IAsyncDisposable
{
    private Conversation(ProxyUnderTest proxy, ScriptedBackend backend, Peer client) =>
        (Proxy, Backend, Client) = (proxy, backend, client);

    public ProxyUnderTest Proxy { get; }

    public ScriptedBackend Backend { get; }

    public Peer Client { get; }

    public static async Task<Conversation> BeginAsync(ProxyUnderTest proxy, int receiveBytes = 0)
    {
        var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        return new Conversation(proxy, backend, await Peer.ConnectAsync(proxy.Port, receiveBytes));
    }

    /// <summary>What the backend got and what the client got, when each says this.</summary>
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
