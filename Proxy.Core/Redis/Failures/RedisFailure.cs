namespace Proxy.Core.Redis.Failures;

/// <summary>
/// How a call to Redis fails. StackExchange.Redis documents exceptions of its own that share no base class, and lets
/// those of sockets, TLS, conversions and its own faults pass. Whatever it throws, that call has failed and nothing
/// else has: every catch around the library uses this one filter, so that no exception ends a loop.
/// </summary>
internal static class RedisFailure
{
    /// <summary>Whether a call has failed by this; false only where the process cannot go on.</summary>
    public static bool Is(Exception e) => e is not (OutOfMemoryException or InsufficientExecutionStackException);
}
