using System.IO.Pipelines;
using System.Net;
using NUnit.Framework;
using Proxy.Core.Tls.Handshake;
using Proxy.Core.Transport;

namespace Proxy.Tests.Core.Tls;

/// <summary>Whose turn it is to calculate a handshake.</summary>
public sealed class HandshakeGateTests
{
    [Test]
    public async Task WhoHasHungUpInTheQueue_HasNoTurnAndHoldsUpNobody()
    {
        var gate = new HandshakeGate(1);
        var (first, last) = (new Waiter(), new Waiter());
        var gone = Enumerable.Range(0, 3 * HandshakeGate.ClosedPerTurnMax).Select(_ => new Waiter()).ToArray();
        Assert.That(await gate.EnterAsync(first), Is.True);
        var turns = Array.ConvertAll(gone, gate.EnterAsync);
        var lasts = gate.EnterAsync(last);
        foreach (var waiter in gone) waiter.HangUp();

        await gate.LeaveAsync(first);
        Assert.That(await Task.WhenAll(turns), Has.All.False);
        Assert.That(await lasts, Is.True);

        await gate.LeaveAsync(last);
        Assert.That(gate.EnterAsync(first).IsCompleted, Is.True, "the place is free again");
    }

    [Test]
    public async Task WhoHasHungUpBefore_TakesNoPlace()
    {
        var gate = new HandshakeGate(1);
        var gone = new Waiter();
        gone.HangUp();
        Assert.That(await gate.EnterAsync(gone), Is.False);
        Assert.That(await gate.EnterAsync(new Waiter()), Is.True);
    }

    private sealed class Waiter : Connection
    {
        private bool _hasHungUp;

        public override bool HasReceivedFin => _hasHungUp;

        public override PipeReader Input => throw new NotSupportedException();

        public override PipeWriter Output => throw new NotSupportedException();

        public override EndPoint PeerEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public void HangUp() => _hasHungUp = true;

        public override void Abort() => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
