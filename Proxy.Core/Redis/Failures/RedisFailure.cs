namespace Proxy.Core.Redis.Failures;

/// <summary>
/// Which exceptions mean that a call to Redis failed. StackExchange.Redis documents exceptions of its own that share no
/// base class, and lets those of sockets, TLS, conversions and its own bugs pass. Whatever it throws, only that call
/// has failed: every catch around the library uses this one filter, so that no exception ends a loop.
/// </summary>
internal static class RedisFailure
{
    /// <summary>Returns whether the exception means a failed call; false only if the process cannot go on.</summary>
    public static bool Is(Exception e) => e is not (OutOfMemoryException or InsufficientExecutionStackException);
}

/// <summary>
/// A Redis answers but rejects our login: wrong password, no such database. Trying again would not help; the message
/// names the endpoint's role and address.
/// </summary>
public sealed class RedisRefusedException(string message) : Exception(message);
