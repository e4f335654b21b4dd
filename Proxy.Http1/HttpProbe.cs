using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using Proxy.Core.Transport;
using Proxy.Http.Messages;

namespace Proxy.Http1;

/// <summary>
/// A health check by one GET on a new connection. Any HTTP response passes, unless the check requires a certain status
/// or a text in the body. Redirects are not followed.
/// </summary>
public sealed class HttpProbe(Dialer dialer)
{
    /// <summary>Maximum number of body bytes that are searched for the required text.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>Sends the request and returns whether the response passes the check.</summary>
    /// <exception cref="NameUnresolvedException">
    /// The backend's name could not be resolved, which shows nothing about the backend's health.
    /// </exception>
    public async Task<bool> ProbeAsync(Backend backend, HealthCheck check, CancellationToken cancel)
    {
        if (backend.Address is not { } address) return false;
        var dialed = await dialer.ConnectAsync(address, client: null, TimeSpan.Zero);
        if (dialed.Failure == Failure.BackendNameUnresolved)
            throw new NameUnresolvedException(address.Host, dialed.Detail ?? "");
        if (dialed.Connection is not { } connection) return false;
        await using var closing = connection;
        await using var aborting = cancel.UnsafeRegister(static state => ((Connection)state!).Abort(), connection);
        try
        {
            await connection.Output.WriteAsync(Encoding.UTF8.GetBytes(RequestTo(address, check.Path)), cancel);
            return await MatchesAsync(connection.Input, check);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            cancel.ThrowIfCancellationRequested();
            return false;
        }
    }

    private static string RequestTo(BackendAddress address, string path) =>
        $"GET /{path.TrimStart('/')} HTTP/1.1\r\nHost: {(address.Ip is null ? address.Host : address)}\r\n" +
        "User-Agent: planb-healthcheck\r\nConnection: close\r\n\r\n";

    private static async Task<bool> MatchesAsync(PipeReader input, HealthCheck check)
    {
        var head = new ResponseHead();
        while (true)
        {
            var read = await input.ReadAsync();
            var rejection = HeadReader.TakeResponse(input, read.Buffer, Method.Get, head, out var isWhole);
            if (rejection != Rejection.None || (!isWhole && read.IsCompleted)) return false;
            if (isWhole && !head.IsInterim) break;
        }

        if (check.Status != 0 && check.Status != head.Status) return false;
        return check.Body.Length == 0 || await ContainsAsync(input, Encoding.UTF8.GetBytes(check.Body));
    }

    // Searches the raw bytes: the framing is not decoded, so a chunk boundary inside the text would hide it.
    private static async Task<bool> ContainsAsync(PipeReader input, byte[] text)
    {
        while (true)
        {
            var read = await input.ReadAsync();
            var isFound = read.Buffer.ToArray().AsSpan().IndexOf(text) >= 0;
            var isOver = read.IsCompleted || read.Buffer.Length >= BodyBytesMax;
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (isFound || isOver) return isFound;
        }
    }
}
