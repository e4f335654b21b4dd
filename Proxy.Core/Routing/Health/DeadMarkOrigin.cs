namespace Proxy.Core.Routing.Health;

/// <summary>Who took a backend out of service.</summary>
public enum DeadMarkOrigin
{
    /// <summary>This node could not connect to it.</summary>
    ThisNode,

    /// <summary>Another node said that it could not.</summary>
    OtherNode,

    /// <summary>It is in the store's dead set, by somebody who did not say so: a checker, or a person.</summary>
    Store,
}
