using System.Net;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Transport.ProxyProtocol;

/// <summary>
/// Takes connections from proxies that say where they come from (PROXY protocol): reads the header and then lets the
/// rest of the connection be served as if it came from there. A connection without a valid one is cut.
/// </summary>
/// <param name="deadlines">The clock of all waits.</param>
/// <param name="trusted">Who may say so; null is anybody.</param>
/// <param name="report">Takes lines for the operator.</param>
public sealed class ProxyAcceptor(Deadlines deadlines, AddressRanges? trusted, Action<string> report)
{
    /// <summary>From accepting a connection to the end of its header.</summary>
    public static readonly TimeSpan HeaderTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>How long a header may take here; tests have less patience.</summary>
    internal TimeSpan HeaderTime { get; init; } = HeaderTimeMax;

    /// <summary>Reads the header and then lets <paramref name="serve"/> have the connection.</summary>
    public async Task ServeAsync(Connection client, Func<Connection, Task> serve)
    {
        var isAccepted = false;
        try
        {
            client.ReadBy(deadlines.In(HeaderTime));
            var fault = IsTrusted(client) ? await ReadAsync(client) : "it is none of --trusted-proxies";
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

    // The address without its port, so that the same trouble of the same proxy is the same line.
    private static object AddressOf(Connection client) =>
        client.RemoteEndPoint.UnmappedAddress() ?? (object)client.RemoteEndPoint;

    private bool IsTrusted(Connection client) =>
        trusted is null || (client.RemoteEndPoint is IPEndPoint ip && trusted.Contains(ip.Address));

    /// <summary>Null when the header has been read; else what is wrong, empty when nobody needs to know.</summary>
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
            if (read.IsCanceled && client.IsReadOverdue) return "no header in time";

            // Who connects and leaves without a word only looks whether somebody is there.
            if (read.IsCompleted) return hasBegun ? "the connection ended within the header" : "";
        }
    }
}
