namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// Completes in the next turn of an event loop, on its thread unless <paramref name="how"/> is asynchronous.
/// </summary>
internal sealed class LoopYield(TaskCreationOptions how = TaskCreationOptions.None) : IWorkItem
{
    private readonly TaskCompletionSource _turn = new(how);

    public Task Task => _turn.Task;

    public void Run() => _turn.SetResult();
}
