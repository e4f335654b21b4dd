using System.Net;
using NUnit.Framework;
using Proxy.Core.Transport.Admission;

namespace Proxy.Tests.Core.Transport;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConnectionGateTests
{
    private readonly List<string> _lines = [];
    private static readonly Action Nothing = () => { };

    [Test]
    public void FullGate_CallsOneOfThoseThatWaitForEachPlace()
    {
        var gate = Gate(new ConnectionBounds(1));
        var called = new List<string>();
        Action first = () => called.Add("first");
        Action second = () => called.Add("second");
        Assert.That(gate.TryEnter(Nothing));
        Assert.That(gate.TryEnter(first) || gate.TryEnter(second) || gate.TryEnter(first), Is.False);
        gate.Leave();
        Assert.That(called, Is.EqualTo(["first"]));
        gate.PassOn();
        Assert.That(called, Is.EqualTo(["first", "second"]));
        Assert.That(gate.TryEnter(first));
        Assert.That(gate.Count, Is.EqualTo(1));
    }

    [Test]
    public void StoppingListener_TakesPlacesThatAreNotThere()
    {
        var gate = Gate(new ConnectionBounds(1));
        Assert.That(gate.TryEnter(Nothing) && gate.TryEnter(Nothing, isForced: true));
        Assert.That(gate.Count, Is.EqualTo(2));
    }

    [TestCase("192.0.2.1", "192.0.2.1", false)]
    [TestCase("192.0.2.1", "::ffff:192.0.2.1", false)]
    [TestCase("192.0.2.1", "192.0.2.2", true)]
    [TestCase("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", false)]
    [TestCase("2001:db8:0:1::1", "2001:db8:0:2::1", true)]
    public void Address_IsCountedByIpv4AddressOrIpv6Network(string first, string second, bool isAdmitted)
    {
        var gate = Gate(new ConnectionBounds(int.MaxValue, 1));
        Assert.That(gate.Admits(At(first)));
        Assert.That(gate.Admits(At(second)), Is.EqualTo(isAdmitted));
        gate.Remove(At(first));
        Assert.That(gate.Admits(At(first)));
    }

    [Test]
    public void RefusedClients_AreToldAtOnceAndThenOnceAMinute()
    {
        var gate = Gate(new ConnectionBounds(int.MaxValue, 1));
        gate.Admits(At("::ffff:192.0.2.1"));
        for (var i = 0; i < 1000; i++) gate.Admits(At("::ffff:192.0.2.1"));
        Assert.That(_lines, Has.Count.EqualTo(1));
        Assert.That(_lines[0], Does.StartWith("closed 1 connections, the last one from 192.0.2.1: more than 1"));
        Assert.That(gate.Refused, Is.EqualTo(1000));
    }

    [TestCase(64, 2, 12)]
    [TestCase(1024, 8, 480)]
    [TestCase(10, 1024, 1)]
    [TestCase(0, 2, int.MaxValue)]
    [TestCase(long.MaxValue, 2, int.MaxValue)]
    public void Files_AreEnoughForHalfAsManyClients(long files, int threads, int clients) =>
        Assert.That(ConnectionBounds.Possible(files, threads), Is.EqualTo(clients));

    [TestCase(64, 2, 12)]
    [TestCase(20_000, 2, 19_860)]
    [TestCase(10, 1024, 1)]
    [TestCase(0, 2, int.MaxValue)]
    public void Files_AreEnoughForAlmostAsManyIdleClients(long files, int threads, int clients) =>
        Assert.That(ConnectionBounds.PossibleIdle(files, threads), Is.EqualTo(clients));

    private static IPEndPoint At(string address) => new(IPAddress.Parse(address), 1);

    private ConnectionGate Gate(ConnectionBounds bounds) => new(bounds, _lines.Add, TimeProvider.System);
}
