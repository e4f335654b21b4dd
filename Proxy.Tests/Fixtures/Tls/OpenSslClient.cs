using System.Diagnostics;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.Fixtures.Tls;

/// <summary>The client of the openssl program, which prints what was negotiated.</summary>
internal static class OpenSslClient
{
    /// <summary>Shakes hands, asks for something, and returns all that openssl prints.</summary>
    public static Task<string> RunAsync(int port, string serverName, params string[] options) =>
        AskAsync(port, serverName, $"GET / HTTP/1.1\r\nHost: {serverName}\r\nConnection: close\r\n\r\n", options);

    /// <summary>The same with a request of the caller's; openssl ends when the server ends the connection.</summary>
    public static async Task<string> AskAsync(int port, string serverName, string request, params string[] options)
    {
        var start = new ProcessStartInfo(
            "openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-servername", serverName, "-ign_eof", .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            try
            {
                await process.StandardInput.WriteAsync(request);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has ended already, because the handshake failed.
            }

            return await output.WaitAsync(Peer.Patience) + await errors.WaitAsync(Peer.Patience);
        }
        finally
        {
            process.Kill();
        }
    }
}
