using Proxy.Core.Transport.Linux;

namespace Proxy.Core.Telemetry;

/// <summary>A file that is only ever appended to: processes may share it, and it may be truncated meanwhile.</summary>
internal sealed class FileLogSink : ILogSink
{
    private readonly string _path;
    private AppendingFile _file;

    /// <summary>Opens or creates the file; an <see cref="IOException"/> tells path and reason.</summary>
    public FileLogSink(string name, string path)
    {
        Name = $"{name} {path}";
        _path = path;
        _file = Open();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> lines) => _file.Write(lines);

    /// <inheritdoc/>
    public bool HasMoved => !_file.IsNamed(_path);

    /// <inheritdoc/>
    public void Reopen()
    {
        var opened = Open();
        _file.Dispose();
        _file = opened;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private AppendingFile Open()
    {
        try
        {
            return new AppendingFile(_path);
        }
        catch (IOException reason)
        {
            throw new IOException($"cannot open {Name}: {reason.Message}", reason);
        }
    }
}
