using System.Net;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Transport.ProxyProtocol;

/// <summary>
/// Accepts connections from proxies that name their clients (PROXY protocol): reads the header and then has the rest of
/// the connection served as if it came from the client. A connection without a valid header is closed.
/// </summary>
/// <param name="deadlines">The clock of all waits.</param>
/// <param name="trusted">The proxies that may name clients; null for any.</param>
/// <param name="report">Takes lines for the error log.</param>
public sealed class ProxyAcceptor(Deadlines deadlines, AddressRanges? trusted, Action<string> report)
{
    /// <summary>The time limit from the accept to the end of the header.</summary>
    public static readonly TimeSpan HeaderTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>The time limit here; shorter in tests.</summary>
    internal TimeSpan HeaderTime { get; init; } = HeaderTimeMax;

    /// <summary>Reads the header and then passes the connection to <paramref name="serve"/>.</summary>
    public async Task ServeAsync(Connection client, Func<Connection, Task> serve)
    {
        var isAccepted = false;
        try
        {
            client.ReadBy(deadlines.In(HeaderTime));
            var fault = IsTrusted(client) ? await ReadAsync(client) : "not in --trusted-proxies";
            client.ReadBy(0);
            isAccepted = fault is null;
            if (fault is { Length: > 0 }) report($"PROXY protocol error from {AddressOf(client)}: {fault}");
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            report($"PROXY protocol error from {AddressOf(client)}: {e.Message}");
        }
        finally
        {
            if (!isAccepted)
            {
                client.Abort();
                await client.DisposeAsync();
            }
        }

        if (isAccepted) await serve(client);
    }

    // The address without its port, so that the same error of the same proxy is the same line.
    private static object AddressOf(Connection client) =>
        client.RemoteEndPoint.UnmappedAddress() ?? (object)client.RemoteEndPoint;

    private bool IsTrusted(Connection client) =>
        trusted is null || (client.RemoteEndPoint is IPEndPoint ip && trusted.Contains(ip.Address));

    /// <summary>Returns null when the header has been read; else the error, empty if it is not worth a line.</summary>
    private static async ValueTask<string?> ReadAsync(Connection client)
    {
        while (true)
        {
            var read = await client.Input.ReadAsync();
            var kind = ProxyHeader.Read(read.Buffer, out var length, out var source);
            if (kind == ProxyHeaderKind.Complete)
            {
                client.Input.AdvanceTo(read.Buffer.GetPosition(length));
                if (source is not null) client.SetSource(source);
                return null;
            }

            var hasBegun = !read.Buffer.IsEmpty;
            client.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (kind == ProxyHeaderKind.Malformed) return "the connection does not start with a valid header";
            if (read.IsCanceled && client.IsReadOverdue) return "timeout while waiting for the header";

            // A client that connects and closes without a byte only checks that the port is open.
            if (read.IsCompleted) return hasBegun ? "connection closed within the header" : "";
        }
    }
}
