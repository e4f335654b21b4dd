namespace Proxy.Core.Linux;

/// <summary>
/// A pipe in the kernel: bytes go from one socket to another without entering this process. One direction of one tunnel
/// owns it at a time.
/// </summary>
internal sealed class KernelPipe(int readEnd, int writeEnd) : IDisposable
{
    public int ReadEnd => readEnd;

    public int WriteEnd => writeEnd;

    public void Dispose()
    {
        _ = Kernel.Close(readEnd);
        _ = Kernel.Close(writeEnd);
    }
}
