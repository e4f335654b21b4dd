using System.Runtime.InteropServices;
using Proxy.Core.Transport.Linux;

namespace Proxy.Host;

/// <summary>
/// What signals ask for. INT and TERM: the first asks to stop, the second to stop at once. Others are for the running
/// proxy; one that comes before is obeyed when it runs.
/// </summary>
internal sealed class Signals : IDisposable
{
    // .NET takes a signal's own number where it has no name for it: those of Linux.
    private const int HangUp = 1;
    private const PosixSignal User1 = (PosixSignal)10;
    private const PosixSignal User2 = (PosixSignal)12;

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private readonly HashSet<Action<Planb>> _early = [];
    private Planb? _running;

    public Signals()
    {
        if (OperatingSystem.IsLinux()) InheritedSignals.Heed(HangUp);
        On(PosixSignal.SIGINT, Stop);
        On(PosixSignal.SIGTERM, Stop);
        On(PosixSignal.SIGHUP, () => Ask(static planb => planb.Reread()));
        if (!OperatingSystem.IsLinux()) return;
        On(User1, () => Ask(static planb => planb.Tell()));
        On(User2, () => Ask(static planb => planb.Profile()));
    }

    /// <summary>Completes at the first INT or TERM.</summary>
    public Task First => _first.Task;

    /// <summary>Cancelled at the second.</summary>
    public CancellationToken Second => _second.Token;

    /// <summary>The proxy runs, and obeys from now on.</summary>
    public void Begin(Planb planb)
    {
        lock (_lock)
        {
            _running = planb;
            foreach (var asked in _early) asked(planb);
        }
    }

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

    // One after the other: each signal comes on a thread of its own.
    private void Ask(Action<Planb> what)
    {
        lock (_lock)
        {
            if (_running is { } planb) what(planb);
            else _early.Add(what);
        }
    }

    private void Stop()
    {
        if (!_first.TrySetResult()) _second.Cancel();
    }
}
