namespace Proxy.Core.Redis.Failures;

/// <summary>Troubles with one Redis that stay until a person ends them: each is logged once.</summary>
/// <param name="errors">Takes the lines.</param>
internal sealed class OneTimeReports(Action<string> errors)
{
    /// <summary>Lines that are remembered; when there are more, all are forgotten.</summary>
    private const int LinesMax = 100;

    private readonly HashSet<string> _written = [];

    /// <summary>Writes a line, unless it or one about the same missing right was written before.</summary>
    public void Write(string line)
    {
        var right = line.IndexOf("NOPERM", StringComparison.Ordinal);
        var trouble = right < 0 ? line : line[right..];
        lock (_written)
        {
            if (_written.Count >= LinesMax) _written.Clear();
            if (!_written.Add(trouble)) return;
        }

        errors(line);
    }
}
