namespace Proxy.Benchmarks.Harness.Native;

/// <summary>Receives the events of a descriptor from a loop.</summary>
internal interface IReady
{
    /// <summary>Handles a ready descriptor; <paramref name="events"/> are those of <c>epoll_event</c>.</summary>
    void OnReady(uint events);
}
