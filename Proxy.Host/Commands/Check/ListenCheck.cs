using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Transport.Admission;
using Proxy.Host.CommandLine;
using Proxy.Host.Wiring;

namespace Proxy.Host.Commands.Check;

/// <summary>A check that an address can be listened on.</summary>
internal static class ListenCheck
{
    public static async Task<Finding> RunAsync(EndPoint address, string flag, Engine engine)
    {
        try
        {
            BindCheck.Run(await HostAndPort.ResolveAsync(address), engine);
            return Finding.Fine($"listen on {HostAndPort.TextOf(address)}");
        }
        catch (SocketException e)
        {
            return new Finding(Severity.Problem, $"cannot listen on {HostAndPort.TextOf(address)}: {e.Message}")
            {
                Flags = [flag],
                Advice = ListenAdvice.For(e.SocketErrorCode, address),
            };
        }
    }

    public static Finding Of(AddressConflict conflict) =>
        new(Severity.Problem, $"cannot listen on {conflict.Address} twice")
        {
            Flags = [conflict.First, conflict.Second],
            Advice = "take another port for one of them",
        };
}
