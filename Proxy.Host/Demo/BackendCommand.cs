using System.Net;
using CommandLine;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Demo;

/// <summary>
/// <c>planb demo backend [--listen IP:PORT] [--name NAME]</c>: one toy backend, for trying PlanB with other routes.
/// Exits with the codes of <see cref="DemoCommand"/>.
/// </summary>
internal static class BackendCommand
{
    private const string Usage = """
        usage: planb demo backend [--listen IP:PORT] [--name NAME]

        Runs one toy backend until Ctrl-C. It responds to each request with its name and what it received.
        (default: --listen 127.0.0.1:8081 --name demo)
        """;

    /// <summary>Runs the backend until a signal stops it.</summary>
    /// <param name="arguments">What follows the word backend.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var errors = new FlagErrors();
        var table = FlagTable.Of(new BackendFlags(), "planb demo backend");
        var read = GoStyleArguments.Read(arguments, table, errors);
        if (DemoArguments.AsksForHelp(read, errors)) return DemoArguments.PrintUsage(Usage);
        DemoArguments.RejectWords(read, table, errors);
        var listen = DemoArguments.ReadListen(read, table, errors);
        if (errors.Any) return DemoArguments.PrintErrors(errors);
        return await DemoArguments.RunUntilSignalAsync(
            stop => ServeAsync(listen, DemoArguments.ValueOf("name", read, table), stop));
    }

    private static async Task ServeAsync(IPEndPoint listen, string name, CancellationToken stop)
    {
        await using var backend = DemoBackend.Start(listen, name);
        Console.Error.WriteLine($"Backend {name} is listening on {backend.Url}");
        await DemoArguments.WaitAsync(stop);
    }
}

/// <summary>The flags of <c>planb demo backend</c>.</summary>
internal sealed class BackendFlags
{
    [Option('l', "listen", MetaValue = "IP:PORT", HelpText = "Address to accept HTTP on.")]
    [Flag(FlagGroup.Listen)]
    public string Listen { get; set; } = "127.0.0.1:8081";

    [Option("name", MetaValue = "NAME", HelpText = "Name that the backend responds with.")]
    [Flag(FlagGroup.Other)]
    public string Name { get; set; } = "demo";

    [Option('h', "help", HelpText = "Print the usage and exit.")]
    [Flag(FlagGroup.Other)]
    public bool? Help { get; set; }
}
