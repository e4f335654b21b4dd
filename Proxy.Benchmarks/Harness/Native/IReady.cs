namespace Proxy.Benchmarks.Harness.Native;

/// <summary>What a loop tells about a descriptor.</summary>
internal interface IReady
{
    /// <summary>The descriptor became ready; <paramref name="events"/> are those of <c>epoll_event</c>.</summary>
    void OnReady(uint events);
}
