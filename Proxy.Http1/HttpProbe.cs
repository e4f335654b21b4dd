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
/// One GET to a backend, on a connection of its own: any HTTP answer will do, unless the check wants a certain status
/// or a text in the body. Redirects are answers too, and not followed.
/// </summary>
public sealed class HttpProbe(Dialer dialer)
{
    /// <summary>Bytes of a body in which the wanted text is looked for.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>Whether the backend answers as it must.</summary>
    /// <exception cref="NameUnresolvedException">It could not be asked: that says nothing about it.</exception>
    public async Task<bool> ProbeAsync(Backend backend, HealthCheck check, CancellationToken cancel)
    {
        if (backend.Address is not { } address) return false;
        var dialed = await dialer.ConnectAsync(address, client: null, TimeSpan.Zero);
        if (dialed.Failure == Failure.BackendNameUnresolved)
            throw new NameUnresolvedException(address.Host, dialed.Detail ?? "");
        if (dialed.Connection is not { } connection) return false;
        await using var closing = connection;
        await using var aborting = cancel.UnsafeRegister(static it => ((Connection)it!).Abort(), connection);
        try
        {
            await connection.Output.WriteAsync(Encoding.UTF8.GetBytes(RequestTo(address, check.Path)), cancel);
            return await IsWantedAsync(connection.Input, check);
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

    private static async Task<bool> IsWantedAsync(PipeReader input, HealthCheck check)
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

    // Framing that falls into the middle of the text would hide it: the text is looked for as it comes.
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
