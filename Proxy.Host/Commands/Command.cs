using Proxy.Host.CommandLine;
using Proxy.Host.Service;

namespace Proxy.Host.Commands;

/// <summary>A command of the program: one row of <see cref="CommandTable"/>.</summary>
internal sealed record Command
{
    /// <summary>The word that selects the command; empty for the proxy itself.</summary>
    public required string Name { get; init; }

    /// <summary>Another word for it; empty for none.</summary>
    public string Alias { get; init; } = "";

    /// <summary>What it does, for <c>--help</c>; begins with a verb in the third person.</summary>
    public required string Summary { get; init; }

    /// <summary>The text of its own <c>--help</c>; empty for that of the program.</summary>
    public string Help { get; init; } = "";

    /// <summary>
    /// Runs a command that takes the flags of the proxy, and returns the exit code. Null for other commands.
    /// </summary>
    public Func<Invocation, Signals, Task<int>>? Run { get; init; }

    /// <summary>
    /// Runs a command that has flags of its own on the words after its name, which is the first word then. Returns the
    /// exit code. Null for other commands.
    /// </summary>
    public Func<IReadOnlyList<string>, Task<int>>? RunOnWords { get; init; }

    /// <summary>How it is typed: <c>planb check [flags]</c>.</summary>
    public string Usage => string.Join(' ', (IEnumerable<string>)
        ["planb", .. Words, .. Run is null ? [] : (string[])["[flags]"]]);

    /// <summary>Returns whether a word selects the command.</summary>
    public bool IsNamed(string word) => word.Length > 0 && (word == Name || word == Alias);

    private IEnumerable<string> Words => Name.Length > 0 ? [Name] : [];
}
