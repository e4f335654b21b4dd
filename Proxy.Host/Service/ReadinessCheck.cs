using Proxy.Core.Routing;

namespace Proxy.Host.Service;

/// <summary>Decides whether requests should be sent here: not during a stop, nor before routes can be served.</summary>
/// <param name="router">Reports whether routes can be served.</param>
internal sealed class ReadinessCheck(Router router)
{
    private volatile bool _isDraining;

    /// <summary>Makes the proxy not ready from now on; the first step of a shutdown.</summary>
    public void BeginDrain() => _isDraining = true;

    /// <summary>Returns why the proxy is not ready, in a few words; null when it is.</summary>
    public async ValueTask<string?> ReasonAgainstAsync() => _isDraining ? "draining" : await router.PingAsync();
}
