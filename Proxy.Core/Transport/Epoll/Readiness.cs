namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// What one direction of a descriptor is waiting for. Edges come once, so a direction counts as ready until a call has
/// said EAGAIN, and nobody waits while it is ready. It is set to not ready before the call: an edge that comes during
/// the call is never lost. Whoever takes it out of <see cref="Waiting"/> owns the operation that waits.
/// </summary>
internal static class Readiness
{
    public const int NotReady = 0, Ready = 1, Waiting = 2;
}
