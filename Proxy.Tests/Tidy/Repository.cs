namespace Proxy.Tests.Tidy;

/// <summary>The files of this repository as they are kept: nothing that a build makes.</summary>
internal static class Repository
{
    private static readonly string[] MadeByBuilds =
        ["bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", ".dotnet", ".git", ".vs", ".idea"];

    /// <summary>The folder of planb.sln, looked for upward from the tests.</summary>
    public static DirectoryInfo Root { get; } = FindRoot();

    /// <summary>All files, by their path from the root with slashes.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Walk(Root).Select(file => Path.GetRelativePath(Root.FullName, file.FullName)).Order()];

    /// <summary>The C# files.</summary>
    public static IEnumerable<string> Code => Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string path) => File.ReadAllText(FullPath(path));

    public static string FullPath(string path) => Path.Combine(Root.FullName, path);

    private static DirectoryInfo FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "planb.sln"))) folder = folder.Parent;
        return folder ?? throw new DirectoryNotFoundException("No folder above the tests has planb.sln.");
    }

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(file => file.Name != ".git").Concat(
            folder.EnumerateDirectories().Where(child => !MadeByBuilds.Contains(child.Name)).SelectMany(Walk));
}
