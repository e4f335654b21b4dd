namespace Proxy.Core.Transport.Linux;

/// <summary>Completes in the next turn of an event loop, on its thread.</summary>
internal sealed class Yielded : IPosted
{
    private readonly TaskCompletionSource _turn = new();

    public Task Task => _turn.Task;

    public void Run() => _turn.SetResult();
}
