using System.Net.Sockets;

namespace Proxy.Core.Dns;

/// <summary>
/// The C library's resolver (getaddrinfo), for sources of names that only its modules know. It blocks, so it runs on
/// threads of its own: on the thread pool it would hold up everything else.
/// </summary>
internal sealed class SystemResolver
{
    /// <summary>The most threads, which are started on demand.</summary>
    public const int ThreadsMax = 8;

    /// <summary>The most names that wait for a thread.</summary>
    public const int WaitingMax = 1024;

    /// <summary>Its answers carry no time to live.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();
    private readonly Queue<Request> _waiting = [];
    private int _threads;
    private int _idle;

    /// <summary>Looks up a name. Fails with a result, never with an exception.</summary>
    public async Task<LookupResult> ResolveAsync(string name, CancellationToken cancel)
    {
        var request = new Request(name, cancel);
        lock (_lock)
        {
            if (_waiting.Count >= WaitingMax) return LookupResult.Of(NameOutcome.TooMany, "");
            _waiting.Enqueue(request);
            if (_idle < _waiting.Count && _threads < ThreadsMax) Start();
            Monitor.Pulse(_lock);
        }

        try
        {
            return await request.Done.Task.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return LookupResult.Of(NameOutcome.NoAnswer, "");
        }
    }

    private void Start()
    {
        _threads++;
        new Thread(Run) { IsBackground = true, Name = $"names {_threads}" }.Start();
    }

    private void Run()
    {
        while (true)
        {
            Request? request;
            lock (_lock)
            {
                _idle++;
                while (!_waiting.TryDequeue(out request)) Monitor.Wait(_lock);
                _idle--;
            }

            if (!request.Cancel.IsCancellationRequested) request.Done.SetResult(Resolve(request.Name));
        }
    }

    private static LookupResult Resolve(string name)
    {
        try
        {
            return LookupResult.Found(System.Net.Dns.GetHostAddresses(name), TimeToLive);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData =>
                    LookupResult.NoSuchName("no such name", TimeSpan.Zero),
                SocketError.TryAgain => LookupResult.Of(NameOutcome.NoAnswer, ""),
                _ => LookupResult.Of(NameOutcome.Failed, e.Message),
            };
        }
        catch (ArgumentException)
        {
            return LookupResult.NoSuchName("no such name", TimeSpan.Zero);
        }
    }

    private sealed record Request(string Name, CancellationToken Cancel)
    {
        public TaskCompletionSource<LookupResult> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
