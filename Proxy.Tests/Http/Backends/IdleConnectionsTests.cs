using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Http.Backends;
using Proxy.Http1;

namespace Proxy.Tests.Http.Backends;

public sealed class IdleConnectionsTests
{
    private static readonly BackendAddress Address = new("127.0.0.1", 80, false, null);

    [Test]
    public void OldestBeyondThoseThatAreKept_AreSpare()
    {
        var idle = new IdleConnections(regularMax: 2, perAddressMax: 5);
        var connections = Enumerable.Range(0, 5)
            .Select(_ => new Http1BackendConnection(null!, Address, null!)).ToList();
        foreach (var connection in connections) Assert.That(idle.TryAdd(connection), Is.True);
        Assert.That(idle.RemoveAll((_, isSpare) => isSpare), Is.EqualTo(connections[..3]));
        Assert.That(idle.RemoveAll((_, isSpare) => isSpare), Is.Empty);
        Assert.That(idle.TryTake(Address), Is.SameAs(connections[4]), "the newest first");
        Assert.That(idle.Count, Is.EqualTo(1));
    }

    [Test]
    public void MoreThanAnAddressMayHave_AreNotTaken()
    {
        var idle = new IdleConnections(regularMax: 1, perAddressMax: 2);
        Assert.That(Enumerable.Range(0, 3).Select(_ => idle.TryAdd(new Http1BackendConnection(null!, Address, null!))),
            Is.EqualTo([true, true, false]));
    }
}
