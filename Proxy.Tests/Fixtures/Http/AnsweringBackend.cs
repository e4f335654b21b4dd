using Proxy.Core.Transport;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>A backend that answers every request alike and closes.</summary>
internal sealed class AnsweringBackend : IDisposable
{
    private readonly ScriptedBackend _backend = new();
    private readonly string _answer;

    public AnsweringBackend(int status, string fields = "")
    {
        _answer = $"HTTP/1.1 {status} Answer\r\n{fields}Connection: close\r\nContent-Length: 0\r\n\r\n";
        _ = AnswerAsync();
    }

    public string Url => _backend.Url;

    public void Dispose() => _backend.Dispose();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                using var peer = await _backend.AcceptAsync();
                await peer.ReadHeadAsync();
                await peer.SendAsync(_answer);
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The test is over.
        }
    }
}
