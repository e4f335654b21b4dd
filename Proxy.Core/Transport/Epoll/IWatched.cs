namespace Proxy.Core.Transport.Epoll;

/// <summary>What an event loop tells about a descriptor.</summary>
internal interface IWatched
{
    /// <summary>Set by the loop: tells its events from those of whatever had the slot before.</summary>
    uint Generation { get; set; }

    /// <summary>The descriptor became ready; <paramref name="events"/> are those of <c>epoll_event</c>.</summary>
    void OnReady(uint events);
}

/// <summary>What an event loop runs once.</summary>
internal interface IWorkItem
{
    void Run();
}
