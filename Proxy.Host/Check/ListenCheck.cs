using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Transport;

namespace Proxy.Host.Check;

/// <summary>Whether an address can be listened on.</summary>
internal static class ListenCheck
{
    public static async Task<Finding> RunAsync(EndPoint address, string flag, Engine engine)
    {
        try
        {
            BindTrial.Run(await HostAndPort.ResolveAsync(address), engine);
            return Finding.Fine($"listen on {HostAndPort.TextOf(address)}");
        }
        catch (SocketException e)
        {
            return new Finding(Severity.Problem, $"cannot listen on {HostAndPort.TextOf(address)}: {e.Message}")
            {
                Flags = [flag],
                Advice = AdviceFor(e.SocketErrorCode, address),
            };
        }
    }

    public static Finding Of(AddressConflict twice) => new(Severity.Problem, $"cannot listen on {twice.Address} twice")
    {
        Flags = [twice.First, twice.Second],
        Advice = "take another port for one of them",
    };

    private static string AdviceFor(SocketError error, EndPoint address) => error switch
    {
        SocketError.AddressAlreadyInUse =>
            $"stop who listens there (ss -ltnp 'sport = :{PortOf(address)}' tells), or take another port",
        SocketError.AccessDenied =>
            "run as root, give the program CAP_NET_BIND_SERVICE, or take a port from 1024 on",
        SocketError.AddressNotAvailable => "take an address of this machine (ip address lists them), or :PORT for all",
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "take a name that can be resolved",
        _ => "take another address",
    };

    private static int PortOf(EndPoint address) => address switch
    {
        IPEndPoint ip => ip.Port,
        DnsEndPoint name => name.Port,
        _ => 0,
    };
}
