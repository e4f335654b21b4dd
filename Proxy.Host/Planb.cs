using Proxy.Core;

namespace Proxy.Host;

/// <summary>The running proxy.</summary>
internal sealed class Planb(Settings settings)
{
    public Task<int> RunAsync() => Task.FromResult(settings.Listen is null ? 1 : 0);
}
