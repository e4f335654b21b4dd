using Proxy.Host.Commands.Check;
using Proxy.Host.Demo;

namespace Proxy.Host.Commands;

/// <summary>
/// The commands of the program, one row each. The program, its help, its suggestions for misspelt words and the shell
/// completion read this table.
/// </summary>
internal static class CommandTable
{
    /// <summary>The proxy itself, which needs no word.</summary>
    public static readonly Command Serve = new()
    {
        Name = "", Summary = "runs the proxy", Run = ServeCommand.RunAsync,
    };

    /// <summary>Prints the help of the program, as <c>--help</c> does.</summary>
    public static readonly Command Help = new() { Name = "help", Alias = "h", Summary = "prints this help" };

    /// <summary>All commands, in the order of the help.</summary>
    public static readonly IReadOnlyList<Command> All =
    [
        Serve,
        new()
        {
            Name = "check", Summary = "prints each setting and checks what it needs",
            Help = CheckCommand.Help, Run = CheckCommand.RunAsync,
        },
        new()
        {
            Name = "demo", Summary = "runs the proxy with a private Redis and backends",
            RunOnWords = DemoCommand.RunAsync,
        },
        Help,
    ];

    /// <summary>The words that select a command.</summary>
    public static IReadOnlyList<string> Names =>
        [.. All.Select(command => command.Name).Where(name => name.Length > 0)];

    /// <summary>Returns the command that a word selects; null for other words.</summary>
    public static Command? Find(string word) => All.FirstOrDefault(command => command.IsNamed(word));
}
