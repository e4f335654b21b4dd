namespace Proxy.Core.Linux;

/// <summary>Socket options, and the values that every socket gets.</summary>
internal static class SocketOption
{
    public const int Level = 1, ReuseAddress = 2, Error = 4, KeepAlive = 9, Linger = 13, ReusePort = 15;
    public const int PeerCredentials = 17, IsListening = 30;
    public const int Ipv6Level = 41, Ipv6Only = 26;

    private const int TcpLevel = 6, NoDelay = 1, KeepIdle = 4, KeepInterval = 5, KeepCount = 6;

    // As in the Go planb: a peer that vanished is noticed after about two minutes.
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveProbes = 4;

    /// <summary>Sets no delay for small writes, and keep-alive probes that find peers that vanished.</summary>
    public static void Tune(int descriptor)
    {
        _ = Kernel.SetOption(descriptor, TcpLevel, NoDelay, 1);
        _ = Kernel.SetOption(descriptor, Level, KeepAlive, 1);
        _ = Kernel.SetOption(descriptor, TcpLevel, KeepIdle, KeepAliveSeconds);
        _ = Kernel.SetOption(descriptor, TcpLevel, KeepInterval, KeepAliveSeconds);
        _ = Kernel.SetOption(descriptor, TcpLevel, KeepCount, KeepAliveProbes);
    }

    /// <summary>
    /// Sets up a listener: its connections inherit all of <see cref="Tune"/>, and every loop binds the same address.
    /// </summary>
    public static void TuneListener(int descriptor)
    {
        Tune(descriptor);
        _ = Kernel.SetOption(descriptor, Level, ReuseAddress, 1);
        _ = Kernel.SetOption(descriptor, Level, ReusePort, 1);
    }
}
