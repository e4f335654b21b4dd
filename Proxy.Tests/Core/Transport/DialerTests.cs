using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Admission;
using Proxy.Tests.Fixtures.Dns;

namespace Proxy.Tests.Core.Transport;

/// <summary>What a failed connect means for the backend, and what it does not.</summary>
public sealed class DialerTests
{
    private static readonly BackendAddress Nowhere = new("127.0.0.1", 1, false, IPAddress.Loopback);

    [TestCase(24, Failure.OutOfConnections)]
    [TestCase(99, Failure.OutOfPorts)]
    [TestCase((int)SocketError.AddressNotAvailable, Failure.OutOfPorts)]
    [TestCase(104, Failure.BackendClosed)]
    [TestCase((int)SocketError.ConnectionReset, Failure.BackendClosed)]
    [TestCase(32, Failure.BackendClosed)]
    [TestCase((int)SocketError.NotConnected, Failure.BackendClosed)]
    [TestCase(111, Failure.BackendUnreachable)]
    [TestCase((int)SocketError.ConnectionRefused, Failure.BackendUnreachable)]
    public async Task Error_IsAFailureOfOursOrOfTheBackend(int error, Failure expected)
    {
        var dialer = new Dialer(new FailingTransport(error), SystemNames.Resolver, TimeSpan.Zero);
        var dialed = await dialer.ConnectAsync(Nowhere, null, TimeSpan.Zero);
        Assert.That(dialed.Failure, Is.EqualTo(expected));
    }

    [TestCase("0")]
    [TestCase("0.0")]
    [TestCase(300)]
    [TestCase(1_000_000)]
    public async Task HostThatCannotBeAName_IsNotResolved(object host)
    {
        var name = host as string ?? new string('a', (int)host);
        var dialer = new Dialer(new FailingTransport(111), SystemNames.Resolver, TimeSpan.Zero);
        var dialed = await dialer.ConnectAsync(new BackendAddress(name, 80, false, null), null, TimeSpan.Zero);
        Assert.That(dialed.Failure, Is.EqualTo(Failure.BackendNameUnresolved));
    }

    /// <summary>A transport of a machine that has run out of something.</summary>
    private sealed class FailingTransport(int error) : ITransport
    {
        public int LoopCount => 1;

        public IListener Listen(EndPoint endpoint, Func<Connection, Task> serve, ConnectionGate? gate = null) =>
            throw new NotSupportedException();

        public IListener Adopt(
            IReadOnlyList<int> descriptors, Func<Connection, Task> serve, ConnectionGate? gate = null) =>
            throw new NotSupportedException();

        public IReadOnlyList<LoopStatus> GetLoopStatus() => [];

        public Task PulseAsync() => Task.CompletedTask;

        public ValueTask<Connection> ConnectAsync(EndPoint endpoint, Connection? beside, CancellationToken cancel) =>
            ValueTask.FromException<Connection>(new SocketException(error));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
