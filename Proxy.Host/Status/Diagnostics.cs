namespace Proxy.Host.Status;

/// <summary>
/// Tells the operator what goes on when a signal asks for it: state to stdout, a profile to a file. One of each at a
/// time; a signal that comes meanwhile is for the same one.
/// </summary>
/// <param name="proxy">What is told about.</param>
/// <param name="output">Standard output.</param>
/// <param name="report">Takes lines for the operator.</param>
internal sealed class Diagnostics(Sighted proxy, Stream output, Action<string> report) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _telling = Task.CompletedTask;
    private Task _profiling = Task.CompletedTask;

    /// <summary>Prints the state.</summary>
    public void PrintStatus()
    {
        lock (_lock)
        {
            if (_telling.IsCompleted) _telling = Task.Run(PrintStatusAsync);
        }
    }

    /// <summary>Takes a profile and writes it to a file whose name it tells.</summary>
    public void Profile()
    {
        lock (_lock)
        {
            if (_profiling.IsCompleted) _profiling = Task.Run(ProfileAsync);
            else report("a profile is being taken already");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_telling, _profiling);
        _stop.Dispose();
    }

    private async Task PrintStatusAsync()
    {
        try
        {
            var text = new StatusReport(proxy).ToString();
            await output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), _stop.Token);
            await output.FlushAsync(_stop.Token);
        }
        catch (Exception e)    // a bug in looking ends neither the proxy nor its orderly stop
        {
            report($"the state could not be printed: {e.Message}");
        }
    }

    private async Task ProfileAsync()
    {
        var duration = Status.Profile.Duration;
        report($"taking a profile for {duration.TotalSeconds:0} seconds...");
        try
        {
            await WriteAsync(await new Profile(proxy).TakeAsync(duration, _stop.Token));
        }
        catch (Exception e)    // as above
        {
            report($"no profile could be taken: {e.Message}");
        }
    }

    private async Task WriteAsync(string page)
    {
        var name = $"planb-profile-{DateTime.UtcNow:yyyyMMdd'T'HHmmss'Z'}-{Environment.ProcessId}.txt";
        foreach (var folder in (string[])[Environment.CurrentDirectory, Path.GetTempPath()])
        {
            if (!await TryWriteAsync(Path.Combine(folder, name), page)) continue;
            report($"the profile is in {Path.Combine(folder, name)}");
            return;
        }
    }

    // A folder for temporary files belongs to everybody: nobody's file or link there is written to.
    private async Task<bool> TryWriteAsync(string path, string page)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(page));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            report($"{path}: {e.Message}");
            return false;
        }
    }
}
