using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Readme;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Readme;

/// <summary>
/// What of build.sh can be run from within its own tests. Its parts <c>test</c> and <c>publish</c> are what CI runs,
/// and what <c>demo</c> starts has tests of its own.
/// </summary>
public sealed class BuildScriptTests
{
    private static readonly string Script = Repository.FullPath("build.sh");

    [Test]
    public async Task PartsOfTheReadme_AreThere()
    {
        var help = await Shell.RunAsync($"'{Script}' help");
        var parts = Markdown.Commands().Where(line => line.StartsWith("./build.sh ", StringComparison.Ordinal));
        foreach (var part in parts) Assert.That(help, Does.Contain($"\n  {part.Split(' ')[1]} "));
    }

    [Test]
    public async Task UnknownPart_IsRefused() =>
        Assert.That(await Shell.RunAsync($"'{Script}' nonsense 2>&1 || echo refused"), Does.EndWith("refused\n"));
}
