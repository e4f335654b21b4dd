using System.Diagnostics;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>A planb file and the flags it is measured with.</summary>
/// <param name="Name">The commit or the file, for the report.</param>
/// <param name="Path">The file.</param>
/// <param name="Flags">Come after those of the harness, so that they win.</param>
internal sealed record Build(string Name, string Path, string[] Flags)
{
    private string? _help;

    /// <summary>Whether the program has a flag.</summary>
    public bool Knows(string flag) => (_help ??= Help()).Contains(flag, StringComparison.Ordinal);

    public override string ToString() => string.Join(' ', [Name, .. Flags]);

    private string Help()
    {
        var start = new ProcessStartInfo(Path, ["--help"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var planb = Process.Start(start)!;
        var help = planb.StandardOutput.ReadToEnd();
        planb.WaitForExit();
        return help;
    }
}
