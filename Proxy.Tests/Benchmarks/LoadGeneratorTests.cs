using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Benchmarks.Harness.Load;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Benchmarks;

public sealed class LoadGeneratorTests
{
    private const double PerSecond = 200;
    private const double Seconds = 0.5;

    [Test]
    public async Task UnexpectedStatus_IsAFailure()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, "HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n");
        var order = Order(((IPEndPoint)listener.LocalEndpoint).Port) with { Seconds = 1 / PerSecond };
        var result = await Task.Run(() => LoadGenerator.Run(order));
        await serving;
        Assert.That((result.Requests, result.FirstFailure), Is.EqualTo((0, "answered HTTP/1.1 503 Sorry")));
        Assert.That(result.Failures, Is.Positive);
    }

    [Test]
    public void ClosedPort_IsAFailureEachTime()
    {
        var result = LoadGenerator.Run(Order(ReservedPort.Closed.Number) with { Seconds = 0.05 });
        Assert.That(result.Requests, Is.Zero);
        Assert.That(result.Failures, Is.Positive);
    }

    private static LoadOrder Order(int port) => new()
    {
        Kind = LoadKind.KeepAlive,
        Port = port,
        Path = "/",
        Connections = 1,
        Rate = PerSecond,
        Seconds = Seconds,
        DrainSeconds = 2,
    };

    private static async Task ServeAsync(TcpListener listener, string response)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var buffer = new byte[4096];
        while (await client.Client.ReceiveAsync(buffer) > 0)
            await client.Client.SendAsync(System.Text.Encoding.ASCII.GetBytes(response));
    }
}
