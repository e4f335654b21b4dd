using Proxy.Core.Dns;

namespace Proxy.Tests.Fixtures.Dns;

/// <summary>This machine's own way to resolve names, for tests that are about something else.</summary>
internal static class SystemNames
{
    public static NameResolver Resolver { get; } = new(new NameSettings(), TimeProvider.System, _ => { });
}
