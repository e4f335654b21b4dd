using Proxy.Core.Routing;

namespace Proxy.Host.Service;

/// <summary>Whether requests should be sent here: not while stopping, nor before routes can be served.</summary>
/// <param name="router">Knows whether routes can be served.</param>
internal sealed class ReadinessCheck(Router router)
{
    private volatile bool _isDraining;

    /// <summary>From now on the answer is no; to be called before anything else of a stop.</summary>
    public void BeginDrain() => _isDraining = true;

    /// <summary>Why not, in a few words; null when ready.</summary>
    public async ValueTask<string?> ReasonAgainstAsync() => _isDraining ? "draining" : await router.PingAsync();
}
