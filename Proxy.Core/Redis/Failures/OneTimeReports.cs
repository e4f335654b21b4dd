namespace Proxy.Core.Redis.Failures;

/// <summary>Problems with one Redis that last until an operator solves them: each is logged once.</summary>
/// <param name="errors">Takes the lines.</param>
internal sealed class OneTimeReports(Action<string> errors)
{
    /// <summary>The most lines that are remembered; beyond that all are dropped.</summary>
    private const int LinesMax = 100;

    private readonly HashSet<string> _written = [];

    /// <summary>Writes a line, unless it or one about the same missing permission was written before.</summary>
    public void Write(string line)
    {
        var right = line.IndexOf("NOPERM", StringComparison.Ordinal);
        var problem = right < 0 ? line : line[right..];
        lock (_written)
        {
            if (_written.Count >= LinesMax) _written.Clear();
            if (!_written.Add(problem)) return;
        }

        errors(line);
    }
}
