using CommandLine;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Demo;

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
