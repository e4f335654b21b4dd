using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Wiring;

/// <summary>
/// Two flags with the same address. Listening on both would succeed, as a running proxy shares its address with the
/// next one, and the kernel would distribute clients to either.
/// </summary>
/// <param name="Address">The address, as the second flag has it.</param>
/// <param name="First">The long name of one flag, without dashes.</param>
/// <param name="Second">That of the other.</param>
internal sealed record AddressConflict(string Address, string First, string Second)
{
    /// <summary>Returns the first conflict, or null. A name that cannot be resolved is in no conflict.</summary>
    /// <param name="settings">The addresses to listen on.</param>
    /// <param name="withoutHttp">Ignores <c>--listen</c>, as the service manager passed sockets for HTTP.</param>
    /// <param name="withoutHttps">Ignores <c>--tls-listen</c> for the same reason.</param>
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
            // Listening on the address will report the failure.
            return null;
        }
    }

    private static bool IsSame(IPEndPoint one, IPEndPoint other) => one.Port == other.Port
        && (IsAny(one) || IsAny(other) || one.Address.MapToIPv6().Equals(other.Address.MapToIPv6()));

    private static bool IsAny(IPEndPoint it) =>
        it.Address.Equals(IPAddress.Any) || it.Address.Equals(IPAddress.IPv6Any);
}
