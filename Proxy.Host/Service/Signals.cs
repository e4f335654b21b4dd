using System.Runtime.InteropServices;
using Proxy.Core.Linux;
using Proxy.Host.Wiring;

namespace Proxy.Host.Service;

/// <summary>
/// What signals ask for. INT and TERM: the first asks to stop, the second to stop at once. Others are for the running
/// proxy; one that comes before is obeyed when it runs, and one that comes after means nothing.
/// </summary>
/// <remarks>Who serves never disposes it: until the process has ended, no signal may end it its own way.</remarks>
internal sealed class Signals : IDisposable
{
    // .NET takes a signal's own number where it has no name for it: those of Linux.
    private const int HangUp = 1;
    private const PosixSignal User1 = (PosixSignal)10;
    private const PosixSignal User2 = (PosixSignal)12;
    private const PosixSignal FileSize = (PosixSignal)25;

    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private readonly HashSet<Action<Planb>> _early = [];
    private Planb? _running;
    private bool _hasEnded;

    public Signals()
    {
        On(PosixSignal.SIGINT, Stop);
        On(PosixSignal.SIGTERM, Stop);
        On(PosixSignal.SIGHUP, () => Request(static planb => planb.Reload()));
        if (!OperatingSystem.IsLinux()) return;
        On(User1, () => Request(static planb => planb.PrintStatus()));
        On(User2, () => Request(static planb => planb.WriteProfile()));
        On(FileSize, () => { });    // a log may not grow any more (ulimit -f): writing to it says so
        InheritedSignals.Heed(HangUp, (int)User1);
    }

    /// <summary>Completes at the first INT or TERM.</summary>
    public Task First => _first.Task;

    /// <summary>Cancelled at the second.</summary>
    public CancellationToken Second => _second.Token;

    /// <summary>
    /// Waits for work that nothing depends on yet. False when a signal wants the process to end and the work, left a
    /// moment to come to its end, has not.
    /// </summary>
    public async Task<bool> WaitForAsync(Task work)
    {
        if (await Task.WhenAny(work, First) == First) await Task.WhenAny(work, Task.Delay(LastMoment));
        return work.IsCompleted;
    }

    /// <summary>The proxy runs, and obeys from now on.</summary>
    public void Begin(Planb planb)
    {
        lock (_lock)
        {
            _running = planb;
            foreach (var asked in _early) asked(planb);
        }
    }

    /// <summary>The proxy does not run any more, and is asked nothing from now on.</summary>
    public void End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            _running = null;
        }
    }

    /// <summary>Signals do again what they do by themselves.</summary>
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
    private void Request(Action<Planb> what)
    {
        lock (_lock)
        {
            if (_running is { } planb) what(planb);
            else if (!_hasEnded) _early.Add(what);
        }
    }

    private void Stop()
    {
        if (!_first.TrySetResult()) _second.Cancel();
    }
}
