namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    /// <summary>The path of a program, or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>The path of a program that has to be there.</summary>
    /// <exception cref="BenchFailure">It is not.</exception>
    public static string Need(string name, string why) =>
        Find(name) ?? throw new BenchFailure($"this machine has no {name}, {why}\n  apt-get install {name}");
}
