using System.Runtime.InteropServices;

namespace Proxy.Host;

/// <summary>
/// What signals ask for. INT and TERM: the first asks to stop, the second to stop at once. Others are given to whoever
/// is there for them, and mean nothing before the proxy runs.
/// </summary>
internal sealed class Signals : IDisposable
{
    // .NET takes a signal's own number where it has no name for it: those of Linux.
    private const PosixSignal User1 = (PosixSignal)10;
    private const PosixSignal User2 = (PosixSignal)12;

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Signals()
    {
        On(PosixSignal.SIGINT, Stop);
        On(PosixSignal.SIGTERM, Stop);
        On(PosixSignal.SIGHUP, () => Reread?.Invoke());
        if (!OperatingSystem.IsLinux()) return;
        On(User1, () => Tell?.Invoke());
        On(User2, () => Profile?.Invoke());
    }

    /// <summary>Completes at the first INT or TERM.</summary>
    public Task First => _first.Task;

    /// <summary>Cancelled at the second.</summary>
    public CancellationToken Second => _second.Token;

    /// <summary>HUP: files may have changed.</summary>
    public Action? Reread { get; set; }

    /// <summary>USR1: the operator wants to know what goes on.</summary>
    public Action? Tell { get; set; }

    /// <summary>USR2: the operator wants to know where the time goes.</summary>
    public Action? Profile { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _second.Dispose();
    }

    private void On(PosixSignal signal, Action act) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            act();
        }));

    private void Stop()
    {
        if (!_first.TrySetResult()) _second.Cancel();
    }
}
