using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Wiring;

/// <summary>
/// Two flags that give one address. Both could be listened on, as a running proxy shares its address with the next one,
/// and the kernel would deal clients out to either.
/// </summary>
/// <param name="Address">As the second of them has it.</param>
/// <param name="First">A flag's long name, without dashes.</param>
/// <param name="Second">The other's.</param>
internal sealed record AddressConflict(string Address, string First, string Second)
{
    /// <summary>The first one of some settings; null when there is none. A name that has no address has none.</summary>
    /// <param name="settings">What is to be listened on.</param>
    /// <param name="withoutHttp">Sockets for HTTP were given, and <c>--listen</c> is not used.</param>
    /// <param name="withoutHttps">The same for <c>--tls-listen</c>.</param>
    public static async Task<AddressConflict?> FindAsync(
        Settings settings, bool withoutHttp = false, bool withoutHttps = false)
    {
        var taken = new List<(IPEndPoint Address, string Flag)>();
        foreach (var (typed, flag) in ((EndPoint?, string)[])
            [
                (withoutHttp ? null : settings.Listen, "listen"),
                (withoutHttps ? null : settings.Tls?.Listen, "tls-listen"),
                (settings.MetricsAddress, "metrics-address"),
            ])
        {
            if (typed is null || await TryResolveAsync(typed) is not { Port: > 0 } address) continue;
            if (taken.Find(other => IsSame(other.Address, address)) is { Flag: { } first })
                return new AddressConflict(HostAndPort.TextOf(typed), first, flag);
            taken.Add((address, flag));
        }

        return null;
    }

    private static async Task<IPEndPoint?> TryResolveAsync(EndPoint typed)
    {
        try
        {
            return await HostAndPort.ResolveAsync(typed);
        }
        catch (SocketException)
        {
            // Whoever listens on it says why not.
            return null;
        }
    }

    private static bool IsSame(IPEndPoint one, IPEndPoint other) => one.Port == other.Port
        && (IsAny(one) || IsAny(other) || one.Address.MapToIPv6().Equals(other.Address.MapToIPv6()));

    private static bool IsAny(IPEndPoint it) =>
        it.Address.Equals(IPAddress.Any) || it.Address.Equals(IPAddress.IPv6Any);
}
