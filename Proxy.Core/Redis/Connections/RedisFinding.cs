namespace Proxy.Core.Redis.Connections;

/// <summary>What a <see cref="RedisConnectionCheck"/> found out about one Redis.</summary>
/// <param name="Trouble">What is wrong, or that nothing is.</param>
/// <param name="Text">Where, and what the other side said.</param>
public readonly record struct RedisFinding(RedisTrouble Trouble, string Text);

/// <summary>What can be wrong with a Redis, in the order in which it is found out.</summary>
public enum RedisTrouble
{
    /// <summary>It works.</summary>
    None,

    /// <summary>A file for TLS cannot be used.</summary>
    Files,

    /// <summary>One Sentinel of several does not help.</summary>
    Sentinel,

    /// <summary>No Sentinel knows the master.</summary>
    NoMaster,

    /// <summary>Nobody answers at the address.</summary>
    Unreachable,

    /// <summary>One side does not believe the other, or does not speak TLS.</summary>
    Handshake,

    /// <summary>User or password are refused.</summary>
    Login,

    /// <summary>There is no such database, or it may not be used.</summary>
    Database,

    /// <summary>It is a node of a cluster, or a Sentinel.</summary>
    WrongMode,

    /// <summary>It answers, but cannot serve now.</summary>
    Busy,

    /// <summary>A command that is needed is refused.</summary>
    Command,

    /// <summary>It takes no writes: a replica.</summary>
    ReadOnly,

    /// <summary>It does not push changes; routes are read again and again.</summary>
    NoPush,

    /// <summary>A command is refused that only limits what a slow connection costs Redis.</summary>
    Protection,
}
