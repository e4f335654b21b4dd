using CommandLine;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Fixtures.Host;

/// <summary>A table with one flag of every kind, switches included.</summary>
internal sealed class SampleFlags
{
    [Option('l', "listen", MetaValue = "ADDRESS", HelpText = "Where to listen.")]
    [Flag(FlagGroup.Listen)]
    public string Listen { get; set; } = "here";

    [Option('n', "number", HelpText = "How many.")]
    [Flag(FlagGroup.Routing, Unit = "seconds", Min = 0)]
    public int Number { get; set; } = 7;

    [Option("wait", HelpText = "How long.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration Wait { get; set; } = new("1s");

    [Option('c', "cache", HelpText = "Whether to cache.")]
    [Flag(FlagGroup.Routing)]
    public bool? Cache { get; set; } = false;

    [Option("keep", HelpText = "Whether to keep.")]
    [Flag(FlagGroup.Routing)]
    public bool? Keep { get; set; } = true;

    [Option("shape", MetaValue = "SHAPE", HelpText = "Round or square.")]
    [Flag(FlagGroup.Other, OneOf = "round|square")]
    public string Shape { get; set; } = "round";

    [Option("short", HelpText = "How short.")]
    [Flag(FlagGroup.Timeouts, BareUnit = "ms", Min = 0)]
    public GoDuration Short { get; set; } = new("1ms");

    [Option("word", HelpText = "A password.")]
    [Flag(FlagGroup.Other, IsSecret = true)]
    public string Word { get; set; } = "";

    [Option('x', "exit", HelpText = "Whether to exit.")]
    [Flag(FlagGroup.Other)]
    public bool? Exit { get; set; } = false;

    /// <summary>What is no flag is no row of the table.</summary>
    public string Unrelated { get; set; } = "";
}
