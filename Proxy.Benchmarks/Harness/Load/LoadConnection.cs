using System.Net.Security;
using System.Security.Authentication;
using System.Threading.Tasks.Sources;
using Proxy.Benchmarks.Harness.Native;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>One client: takes a request when one is due, sends it, reads the answer, notes the time.</summary>
internal sealed class LoadConnection(Loop loop, LoadRequests requests, Schedule pace, Recording recording)
    : IValueTaskSource<long>, IDisposable
{
    private readonly Answer _answer = new();
    private ManualResetValueTaskSourceCore<long> _turn;
    private Stream? _stream;

    public bool IsBusy { get; private set; }

    /// <summary>Runs until the process forgets it; it waits most of the time.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            IsBusy = false;
            var due = pace.TryTake(this) ?? await TurnAsync();
            IsBusy = true;
            try
            {
                await ExchangeAsync(requests.Next());
                recording.Answered(Loop.Now - due);
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                recording.Failed(e.Message);
                Close();
            }
        }
    }

    /// <summary>Begins the request that was due at this time.</summary>
    public void Begin(long due) => _turn.SetResult(due);

    public void Dispose() => Close();

    long IValueTaskSource<long>.GetResult(short token) => _turn.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<long>.GetStatus(short token) => _turn.GetStatus(token);

    void IValueTaskSource<long>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _turn.OnCompleted(continuation, state, token, flags);

    private ValueTask<long> TurnAsync()
    {
        _turn.Reset();
        return new ValueTask<long>(this, _turn.Version);
    }

    private async ValueTask ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        var stream = _stream ??= await OpenAsync();
        await stream.WriteAsync(request);
        if (requests.Kind == LoadKind.Websocket) await _answer.ReadEchoAsync(stream, request.Length);
        else await _answer.ReadAsync(stream, "200");
        if (requests.Kind == LoadKind.NewConnection) Close();
    }

    private async ValueTask<Stream> OpenAsync()
    {
        var plain = LoopStream.Connect(loop, requests.Port);
        if (requests.Kind == LoadKind.Tls) return await SecureAsync(plain);
        if (requests.Kind != LoadKind.Websocket) return plain;
        await plain.WriteAsync(requests.Upgrade);
        await _answer.ReadAsync(plain, "101");
        return plain;
    }

    private static async ValueTask<Stream> SecureAsync(Stream plain)
    {
        var secure = new SslStream(plain);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = LoadOrder.HostName(0),
            // The certificate is the harness's own, made a minute ago and signed by nobody.
            RemoteCertificateValidationCallback = static (_, certificate, _, _) =>
                certificate?.Subject == $"CN={LoadOrder.HostName(0)}",
        });
        return secure;
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
