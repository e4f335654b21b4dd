namespace Proxy.Core.Dns;

/// <summary>How names are resolved on this machine, from the <c>hosts:</c> line of nsswitch.conf(5).</summary>
internal enum NameSwitch
{
    /// <summary>The hosts file, then the name servers; the usual order.</summary>
    FilesAndDns,

    /// <summary>The usual order, and further sources (mDNS, systemd, ...) for names that those do not have.</summary>
    FilesDnsAndMore,

    /// <summary>Another order, which the C library alone can follow.</summary>
    Other,
}
