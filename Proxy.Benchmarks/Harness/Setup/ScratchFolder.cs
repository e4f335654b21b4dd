namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>A folder for what is needed only meanwhile.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("planb-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
