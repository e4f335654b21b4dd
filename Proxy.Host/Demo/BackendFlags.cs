using CommandLine;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Demo;

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
