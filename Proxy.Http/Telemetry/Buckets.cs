namespace Proxy.Http.Telemetry;

/// <summary>The bounds of the histograms' buckets, in seconds.</summary>
internal static class Buckets
{
    /// <summary>The seed's: those that Go's client takes by default.</summary>
    public static readonly double[] Seed = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    /// <summary>For what the proxy itself takes, which is less than the first of the seed's.</summary>
    public static readonly double[] Own = [.00005, .0001, .0002, .0003, .0005, .001, .002, .005, .01, .05, .1, 1];

    /// <summary>For tunnels: a second to a day.</summary>
    public static readonly double[] Tunnel = [1, 10, 60, 300, 1800, 3600, 21_600, 86_400];
}
