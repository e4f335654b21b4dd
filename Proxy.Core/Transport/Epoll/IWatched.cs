namespace Proxy.Core.Transport.Epoll;

/// <summary>The owner of a descriptor, which an event loop notifies.</summary>
internal interface IWatched
{
    /// <summary>Set by the loop: distinguishes its events from those of the previous owner of the slot.</summary>
    uint Generation { get; set; }

    /// <summary>The descriptor became ready; <paramref name="events"/> are those of <c>epoll_event</c>.</summary>
    void OnReady(uint events);
}

/// <summary>Work that an event loop runs once.</summary>
internal interface IWorkItem
{
    void Run();
}
