using System.Net;
using System.Net.Sockets;

namespace Proxy.Host.Wiring;

/// <summary>Advice for an address that cannot be listened on.</summary>
internal static class ListenAdvice
{
    public static string For(SocketError error, EndPoint address) => error switch
    {
        SocketError.AddressAlreadyInUse =>
            $"stop the process that listens there (ss -ltnp 'sport = :{PortOf(address)}' shows it), " +
            "or take another port",
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
