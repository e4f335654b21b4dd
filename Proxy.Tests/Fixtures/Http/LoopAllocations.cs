using Proxy.Core.Transport.Epoll;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>What the event loops of a proxy have allocated.</summary>
internal static class LoopAllocations
{
    /// <summary>Bytes that all loops' threads have allocated so far.</summary>
    public static async Task<long> OfAsync(ProxyUnderTest proxy)
    {
        var all = 0L;
        foreach (var loop in ((EpollTransport)proxy.Transport).Loops)
        {
            var count = new Count();
            loop.Post(count);
            all += await count.Bytes;
        }

        return all;
    }

    /// <summary>What the thread that runs it has allocated so far.</summary>
    private sealed class Count : IWorkItem
    {
        private readonly TaskCompletionSource<long> _bytes = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<long> Bytes => _bytes.Task;

        public void Run() => _bytes.SetResult(GC.GetAllocatedBytesForCurrentThread());
    }
}
