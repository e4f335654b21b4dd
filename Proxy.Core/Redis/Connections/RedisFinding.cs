namespace Proxy.Core.Redis.Connections;

/// <summary>A finding of <see cref="RedisConnectionCheck"/> about one Redis.</summary>
/// <param name="Problem">What is wrong, if anything.</param>
/// <param name="Text">Where, and the answer of the other side.</param>
public readonly record struct RedisFinding(RedisProblem Problem, string Text);

/// <summary>What can be wrong with a Redis, in the order in which it is checked.</summary>
public enum RedisProblem
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>A TLS file is unusable.</summary>
    Files,

    /// <summary>One Sentinel of several is unusable.</summary>
    Sentinel,

    /// <summary>No Sentinel knows the master.</summary>
    NoMaster,

    /// <summary>No connection to the address.</summary>
    Unreachable,

    /// <summary>One side does not trust the other, or does not speak TLS.</summary>
    Handshake,

    /// <summary>The user or password is rejected.</summary>
    Login,

    /// <summary>There is no such database, or it is not permitted.</summary>
    Database,

    /// <summary>The server is a node of a cluster, or a Sentinel.</summary>
    WrongMode,

    /// <summary>The server answers, but cannot serve at present.</summary>
    Busy,

    /// <summary>A required command is rejected.</summary>
    Command,

    /// <summary>The server takes no writes: a replica.</summary>
    ReadOnly,

    /// <summary>The server does not push changes; routes are polled.</summary>
    NoPush,

    /// <summary>A command is rejected that only limits what a slow connection costs Redis.</summary>
    Protection,
}
