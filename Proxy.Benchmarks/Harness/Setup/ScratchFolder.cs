namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>A folder for temporary files.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("planb-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
