using NUnit.Framework;
using Proxy.Core.Transport.Buffers;

namespace Proxy.Tests.Core.Transport;

public sealed class LargeBlocksTests
{
    [Test]
    public void Blocks_AreFewAndComeBack()
    {
        var blocks = new LargeBlocks();
        var rented = new List<byte[]>();
        while (blocks.TryRent() is { } block) rented.Add(block);
        Assert.That(rented, Has.Count.EqualTo(LargeBlocks.UsedMax));
        Assert.That(rented.Distinct().Count(), Is.EqualTo(rented.Count));
        Assert.That(rented, Has.All.Length.EqualTo(LargeBlocks.BlockBytes));
        blocks.Return(rented[0]);
        Assert.That(blocks.TryRent(), Is.SameAs(rented[0]));
        Assert.That(blocks.TryRent(), Is.Null);
    }
}
