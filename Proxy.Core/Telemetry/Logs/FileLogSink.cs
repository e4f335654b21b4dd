using Proxy.Core.Linux;

namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// A file that is only ever appended to: processes may share it, and it may be truncated at any time. It may be a named
/// pipe, whose readers come and go.
/// </summary>
internal sealed class FileLogSink : ILogSink
{
    private readonly string _path;
    private AppendingFile? _file;    // null: a pipe without a reader so far

    /// <summary>Opens or creates the file; an <see cref="IOException"/> carries path and reason.</summary>
    public FileLogSink(string name, string path)
    {
        Name = $"{name} {path}";
        _path = path;
        _file = Open();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> lines) =>
        (_file ??= Open() ?? throw new IOException("the pipe has no reader")).Write(lines);

    /// <inheritdoc/>
    public bool HasMoved => _file is { } file && !file.IsNamed(_path);

    /// <inheritdoc/>
    public void Reopen()
    {
        var opened = Open();
        _file?.Dispose();
        _file = opened;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private AppendingFile? Open()
    {
        try
        {
            return AppendingFile.Open(_path);
        }
        catch (IOException reason)
        {
            throw new IOException($"cannot open {Name}: {reason.Message}", reason);
        }
    }
}
