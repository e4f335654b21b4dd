using CommandLine;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Demo;

/// <summary>
/// <c>planb demo [--listen IP:PORT]</c>. Exits with 0 when a signal stopped it, 1 when it could not start, 2 on bad
/// usage.
/// </summary>
internal static class DemoCommand
{
    private const string Usage = """
        usage: planb demo [--listen IP:PORT]
               planb demo backend [--listen IP:PORT] [--name NAME]

        Starts a private Redis (a file of routes if there is no redis-server), three toy backends and the proxy in
        front of them, prints commands to try, and removes everything again at Ctrl-C. "backend" runs one toy backend
        alone. (default: --listen 127.0.0.1:8989)
        """;

    /// <summary>Runs the demo until a signal stops it.</summary>
    /// <param name="arguments">What follows the word demo.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (arguments is ["backend", ..]) return await BackendCommand.RunAsync([.. arguments.Skip(1)]);
        var errors = new FlagErrors();
        var table = FlagTable.Of(new DemoFlags(), "planb demo");
        var read = GoStyleArguments.Read(arguments, table, errors);
        if (DemoArguments.AsksForHelp(read, errors)) return DemoArguments.PrintUsage(Usage);
        DemoArguments.RejectWords(read, table, errors);
        var listen = DemoArguments.ReadListen(read, table, errors);
        if (errors.Any) return DemoArguments.PrintErrors(errors);
        return await DemoArguments.RunUntilSignalAsync(new DemoSetup(listen).RunAsync);
    }
}

/// <summary>The flags of <c>planb demo</c>.</summary>
internal sealed class DemoFlags
{
    [Option('l', "listen", MetaValue = "IP:PORT", HelpText = "Address to accept HTTP on.")]
    [Flag(FlagGroup.Listen)]
    public string Listen { get; set; } = "127.0.0.1:8989";

    [Option('h', "help", HelpText = "Show how it is used and exit.")]
    [Flag(FlagGroup.Other)]
    public bool? Help { get; set; }
}
