namespace Proxy.Core.Dns;

/// <summary>The files of the system's resolver; the defaults are those of every Linux.</summary>
public sealed record NameSettings
{
    /// <summary>Names with fixed addresses (hosts(5)).</summary>
    public string HostsFile { get; init; } = "/etc/hosts";

    /// <summary>Name servers, search domains and options (resolv.conf(5)).</summary>
    public string ResolverFile { get; init; } = "/etc/resolv.conf";

    /// <summary>Which sources are used, in which order (nsswitch.conf(5)).</summary>
    public string SwitchFile { get; init; } = "/etc/nsswitch.conf";

    /// <summary>The port of the name servers.</summary>
    public int Port { get; init; } = 53;
}
