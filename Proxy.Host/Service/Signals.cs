using System.Runtime.InteropServices;
using Proxy.Core.Linux;
using Proxy.Host.Wiring;

namespace Proxy.Host.Service;

/// <summary>
/// The signals of the process. The first INT or TERM stops the proxy, the second one stops it at once. The other
/// signals are requests to the running proxy: those that come earlier are handled when it runs, those that come later
/// are dropped.
/// </summary>
/// <remarks>
/// A process that serves never disposes this: until it has exited, no signal may have its default action.
/// </remarks>
internal sealed class Signals : IDisposable
{
    // .NET accepts the number of a signal that it has no name for: those of Linux.
    private const int HangUp = 1;
    private const int Quit = 3;
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
        On(FileSize, () => { });    // a log has reached its size limit (ulimit -f): the write reports it
        InheritedSignals.Heed(HangUp, (int)User1);
        if (InheritedSignals.IsIgnored(Quit)) ReportQuit();
    }

    /// <summary>Completes at the first INT or TERM.</summary>
    public Task First => _first.Task;

    /// <summary>Cancelled at the second INT or TERM.</summary>
    public CancellationToken Second => _second.Token;

    /// <summary>
    /// Waits for work that nothing depends on yet. Returns false when a signal has stopped the process first; the work
    /// then has a moment to complete.
    /// </summary>
    public async Task<bool> WaitForAsync(Task work)
    {
        if (await Task.WhenAny(work, First) == First) await Task.WhenAny(work, Task.Delay(LastMoment));
        return work.IsCompleted;
    }

    /// <summary>Passes signals to the proxy from now on, those that came earlier first.</summary>
    public void Begin(Planb planb)
    {
        lock (_lock)
        {
            _running = planb;
            foreach (var request in _early) request(planb);
        }
    }

    /// <summary>Drops all further signals, as the proxy has stopped.</summary>
    public void End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            _running = null;
        }
    }

    /// <summary>Gives all signals their default action again.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _second.Dispose();
    }

    // A shell starts background jobs with QUIT ignored. It stays without effect, but not without a line.
    private void ReportQuit()
    {
        On(PosixSignal.SIGQUIT, () => Request(static planb => planb.ReportIgnored("QUIT")));
        InheritedSignals.Heed(Quit, (int)User1);
    }

    private void On(PosixSignal signal, Action act) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            act();
        }));

    // One after the other: each signal is delivered on a thread of its own.
    private void Request(Action<Planb> request)
    {
        lock (_lock)
        {
            if (_running is { } planb) request(planb);
            else if (!_hasEnded) _early.Add(request);
        }
    }

    private void Stop()
    {
        if (!_first.TrySetResult()) _second.Cancel();
    }
}
