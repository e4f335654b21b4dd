using System.Text;
using Proxy.Core;

namespace Proxy.Host.Status;

/// <summary>
/// Prints the status to standard output (USR1) and writes a profile to a file (USR2). One of each at a time: a signal
/// that comes while one is being made does not start another.
/// </summary>
/// <param name="proxy">The running proxy.</param>
/// <param name="output">Standard output.</param>
/// <param name="report">Receives lines for the operator.</param>
internal sealed class Diagnostics(StatusSource proxy, Stream output, Action<string> report) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _printing = Task.CompletedTask;
    private Task _profiling = Task.CompletedTask;

    /// <summary>Starts to print the status.</summary>
    public void PrintStatus()
    {
        lock (_lock)
        {
            if (_printing.IsCompleted) _printing = Task.Run(PrintStatusAsync);
        }
    }

    /// <summary>Starts to take a profile, and reports the name of its file.</summary>
    public void Profile()
    {
        lock (_lock)
        {
            if (_profiling.IsCompleted) _profiling = Task.Run(ProfileAsync);
            else report("a profile is already being taken");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_printing, _profiling);
        _stop.Dispose();
    }

    private async Task PrintStatusAsync()
    {
        try
        {
            await output.WriteAsync(Encoding.UTF8.GetBytes(StatusText.Render(proxy.Take())), _stop.Token);
            await output.FlushAsync(_stop.Token);
        }
        catch (Exception e)    // a fault here must not end the proxy, nor its orderly stop
        {
            report($"cannot print the status to standard output: {e.Message}");
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
            report($"cannot take a profile: {e.Message}");
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

    // A folder for temporary files is open to everyone: an existing file or link there is never written to.
    private async Task<bool> TryWriteAsync(string path, string page)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await file.WriteAsync(Encoding.UTF8.GetBytes(page));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            report($"cannot write the profile to {path}: {FileFailure.ReasonOf(e)}");
            return false;
        }
    }
}
