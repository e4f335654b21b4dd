namespace Proxy.Tests.Fixtures.Programs;

/// <summary>A file for <c>--routes</c> with the host a.com and one backend.</summary>
internal sealed class RoutesFile : IDisposable
{
    public RoutesFile(string backend) => PointTo(backend);

    public string Path { get; } = System.IO.Path.GetTempFileName();

    /// <summary>From now on the host has this backend.</summary>
    public void PointTo(string backend) => File.WriteAllText(Path, $"rpush frontend:a.com app {backend}\n");

    public void Dispose() => File.Delete(Path);
}
