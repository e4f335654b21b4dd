using CommandLine;

namespace Proxy.Host.CommandLine;

/// <summary>
/// The flags of one Redis. <see cref="Flags"/> has them for each role, with a prefix in front of the names; in help
/// texts <c>{prefix}</c> stands for it, and <c>{redis}</c> for what the Redis is used for.
/// </summary>
internal sealed class RedisFlags
{
    [Option("network", MetaValue = "NETWORK", HelpText =
        "How to connect to {redis}: tcp or unix.")]
    [Flag(FlagGroup.Redis, OneOf = "tcp|unix")]
    public string Network { get; set; } = "tcp";

    [Option("host", MetaValue = "HOST", HelpText =
        "Host of {redis}, or the path of its socket if the network is unix.")]
    [Flag(FlagGroup.Redis)]
    public string Host { get; set; } = "127.0.0.1";

    [Option("port", MetaValue = "PORT", HelpText =
        "Port of {redis}. 0 means 6379.")]
    [Flag(FlagGroup.Redis, Min = 0, Max = 65535)]
    public int Port { get; set; } = 6379;

    [Option("sentinel-addrs", MetaValue = "HOST:PORT,...", HelpText =
        "Addresses of the Sentinels that monitor {redis}, separated by commas. " +
        "Network, host and port are then not used.")]
    [Flag(FlagGroup.Redis)]
    public string SentinelAddrs { get; set; } = "";

    [Option("sentinel-name", MetaValue = "NAME", HelpText =
        "Name of the master at the Sentinels. Required with --{prefix}sentinel-addrs.")]
    [Flag(FlagGroup.Redis)]
    public string SentinelName { get; set; } = "";

    [Option("sentinel-user", MetaValue = "NAME", HelpText =
        "ACL user for the Sentinels.")]
    [Flag(FlagGroup.Redis)]
    public string SentinelUser { get; set; } = "";

    [Option("sentinel-password", MetaValue = "PASSWORD", HelpText =
        "Password for the Sentinels.")]
    [Flag(FlagGroup.Redis, IsSecret = true)]
    public string SentinelPassword { get; set; } = "";

    [Option("user", MetaValue = "NAME", HelpText =
        "ACL user for {redis}. Without it only the password is sent.")]
    [Flag(FlagGroup.Redis)]
    public string User { get; set; } = "";

    [Option("password", MetaValue = "PASSWORD", HelpText =
        "Password for {redis}.")]
    [Flag(FlagGroup.Redis, IsSecret = true)]
    public string Password { get; set; } = "";

    [Option("db", MetaValue = "NUMBER", HelpText =
        "Number of the database in {redis}.")]
    [Flag(FlagGroup.Redis, Min = 0)]
    public int Db { get; set; }

    [Option("tls", HelpText =
        "Use TLS to connect to {redis}, and to its Sentinels.")]
    [Flag(FlagGroup.Redis)]
    public bool? Tls { get; set; } = false;

    [Option("ca", MetaValue = "FILE", HelpText =
        "PEM file of CA certificates to trust for this Redis, in addition to the system's. Requires --{prefix}tls.")]
    [Flag(FlagGroup.Redis)]
    public string Ca { get; set; } = "";

    [Option("cert", MetaValue = "FILE", HelpText =
        "PEM file of the client certificate for this Redis, if it requires one (tls-auth-clients, its default).")]
    [Flag(FlagGroup.Redis)]
    public string Cert { get; set; } = "";

    [Option("key", MetaValue = "FILE", HelpText =
        "PEM file of the private key of --{prefix}cert, without a password.")]
    [Flag(FlagGroup.Redis)]
    public string Key { get; set; } = "";

    [Option("insecure", HelpText =
        "Do not verify the certificate of this Redis.")]
    [Flag(FlagGroup.Redis)]
    public bool? Insecure { get; set; } = false;
}
