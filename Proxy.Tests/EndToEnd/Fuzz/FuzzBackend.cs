using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Fuzz;

/// <summary>Answers by each request's plan, and reports every request that differs from what was sent.</summary>
internal sealed class FuzzBackend : IAsyncDisposable
{
    private readonly ScriptedBackend _listener = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public FuzzBackend() => _accepting = AcceptAsync();

    public string Url => _listener.Url;

    /// <summary>The numbers that came, each as often as it came.</summary>
    public ConcurrentQueue<int> Seen { get; } = [];

    public ConcurrentQueue<string> Complaints { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_listener.IsAsked) _ = ServeAsync(await _listener.AcceptAsync());
            else await Task.Delay(1, CancellationToken.None);
        }
    }

    private async Task ServeAsync(Peer peer)
    {
        using (peer)
        {
            try
            {
                while (await TryAnswerAsync(peer))
                {
                }
            }
            catch (Exception e) when (e is SocketException or EndOfStreamException or OperationCanceledException
                or ObjectDisposedException)
            {
                // The proxy has ended the connection, or the test is over.
            }
            catch (Exception e)
            {
                Complaints.Enqueue(e.ToString());
            }
        }
    }

    private async Task<bool> TryAnswerAsync(Peer peer)
    {
        var request = await peer.ReadMessageAsync();
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        var (head, body) = (request[..end], request[end..]);
        if (!int.TryParse(head.Split(' ')[1][1..], CultureInfo.InvariantCulture, out var number))
        {
            Complaints.Enqueue($"a request that nobody sent: {head}");
            return false;
        }

        Seen.Enqueue(number);
        var plan = new FuzzPlan(number);
        var content = head.Contains("Transfer-Encoding:", StringComparison.Ordinal) ? FuzzPlan.Content(body) : body;
        var isRight = content == plan.RequestBody && !body.Contains("evil", StringComparison.Ordinal) &&
            head.StartsWith($"{plan.Method} /{number} HTTP/1.1\r\nHost: a.com\r\n", StringComparison.Ordinal) &&
            !head.Contains("X-Drop", StringComparison.OrdinalIgnoreCase);
        if (!isRight) Complaints.Enqueue($"another request than {number}: {request}");
        if (plan.Fault == FuzzFault.Silence) return false;
        foreach (var piece in plan.Fault == FuzzFault.Extra ? [plan.Response] : plan.Pieces(plan.Response))
            await peer.SendAsync(piece);
        return !plan.ClosesAfter;
    }
}
