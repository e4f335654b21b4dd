using CommandLine;

namespace Proxy.Host.CommandLine;

/// <summary>The flags of the two Redis servers.</summary>
internal sealed partial class Flags
{
    [Option("read-redis-network", MetaValue = "NETWORK", HelpText =
        "How to connect to the Redis that routes are read from: tcp or unix.")]
    [Flag(FlagGroup.Redis, OneOf = "tcp|unix")]
    public string ReadRedisNetwork { get; set; } = "tcp";

    [Option("read-redis-host", MetaValue = "HOST", HelpText =
        "Host of the Redis that routes are read from, or the path of its socket if the network is unix.")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisHost { get; set; } = "127.0.0.1";

    [Option("read-redis-port", MetaValue = "PORT", HelpText =
        "Port of the Redis that routes are read from. 0 means 6379.")]
    [Flag(FlagGroup.Redis, Min = 0, Max = 65535)]
    public int ReadRedisPort { get; set; } = 6379;

    [Option("read-redis-sentinel-addrs", MetaValue = "HOST:PORT,...", HelpText =
        "Addresses of the Sentinels that monitor the Redis that routes are read from, separated by commas. " +
        "Network, host and port are then not used.")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisSentinelAddrs { get; set; } = "";

    [Option("read-redis-sentinel-name", MetaValue = "NAME", HelpText =
        "Name of the master at the Sentinels. Required with --read-redis-sentinel-addrs.")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisSentinelName { get; set; } = "";

    [Option("read-redis-sentinel-user", MetaValue = "NAME", HelpText =
        "ACL user for the Sentinels.")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisSentinelUser { get; set; } = "";

    [Option("read-redis-sentinel-password", MetaValue = "PASSWORD", HelpText =
        "Password for the Sentinels.")]
    [Flag(FlagGroup.Redis, IsSecret = true)]
    public string ReadRedisSentinelPassword { get; set; } = "";

    [Option("read-redis-user", MetaValue = "NAME", HelpText =
        "ACL user for the Redis that routes are read from. Without it only the password is sent.")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisUser { get; set; } = "";

    [Option("read-redis-password", MetaValue = "PASSWORD", HelpText =
        "Password for the Redis that routes are read from.")]
    [Flag(FlagGroup.Redis, IsSecret = true)]
    public string ReadRedisPassword { get; set; } = "";

    [Option("read-redis-db", MetaValue = "NUMBER", HelpText =
        "Number of the database in the Redis that routes are read from.")]
    [Flag(FlagGroup.Redis, Min = 0)]
    public int ReadRedisDb { get; set; }

    [Option("read-redis-tls", HelpText =
        "Use TLS to connect to the Redis that routes are read from, and to its Sentinels.")]
    [Flag(FlagGroup.Redis)]
    public bool? ReadRedisTls { get; set; } = false;

    [Option("read-redis-ca", MetaValue = "FILE", HelpText =
        "PEM file of CA certificates to trust for this Redis, in addition to the system's. Requires " +
        "--read-redis-tls.")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisCa { get; set; } = "";

    [Option("read-redis-cert", MetaValue = "FILE", HelpText =
        "PEM file of the client certificate for this Redis, if it requires one (tls-auth-clients, its default).")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisCert { get; set; } = "";

    [Option("read-redis-key", MetaValue = "FILE", HelpText =
        "PEM file of the private key of --read-redis-cert, without a password.")]
    [Flag(FlagGroup.Redis)]
    public string ReadRedisKey { get; set; } = "";

    [Option("read-redis-insecure", HelpText =
        "Do not verify the certificate of this Redis.")]
    [Flag(FlagGroup.Redis)]
    public bool? ReadRedisInsecure { get; set; } = false;

    [Option("write-redis-network", MetaValue = "NETWORK", HelpText =
        "How to connect to the Redis that dead backends are marked in: tcp or unix.")]
    [Flag(FlagGroup.Redis, OneOf = "tcp|unix")]
    public string WriteRedisNetwork { get; set; } = "tcp";

    [Option("write-redis-host", MetaValue = "HOST", HelpText =
        "Host of the Redis that dead backends are marked in, or the path of its socket if the network is unix.")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisHost { get; set; } = "127.0.0.1";

    [Option("write-redis-port", MetaValue = "PORT", HelpText =
        "Port of the Redis that dead backends are marked in. 0 means 6379.")]
    [Flag(FlagGroup.Redis, Min = 0, Max = 65535)]
    public int WriteRedisPort { get; set; } = 6379;

    [Option("write-redis-sentinel-addrs", MetaValue = "HOST:PORT,...", HelpText =
        "Addresses of the Sentinels that monitor the Redis that dead backends are marked in, separated by " +
        "commas. Network, host and port are then not used.")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisSentinelAddrs { get; set; } = "";

    [Option("write-redis-sentinel-name", MetaValue = "NAME", HelpText =
        "Name of the master at the Sentinels. Required with --write-redis-sentinel-addrs.")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisSentinelName { get; set; } = "";

    [Option("write-redis-sentinel-user", MetaValue = "NAME", HelpText =
        "ACL user for the Sentinels.")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisSentinelUser { get; set; } = "";

    [Option("write-redis-sentinel-password", MetaValue = "PASSWORD", HelpText =
        "Password for the Sentinels.")]
    [Flag(FlagGroup.Redis, IsSecret = true)]
    public string WriteRedisSentinelPassword { get; set; } = "";

    [Option("write-redis-user", MetaValue = "NAME", HelpText =
        "ACL user for the Redis that dead backends are marked in. Without it only the password is sent.")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisUser { get; set; } = "";

    [Option("write-redis-password", MetaValue = "PASSWORD", HelpText =
        "Password for the Redis that dead backends are marked in.")]
    [Flag(FlagGroup.Redis, IsSecret = true)]
    public string WriteRedisPassword { get; set; } = "";

    [Option("write-redis-db", MetaValue = "NUMBER", HelpText =
        "Number of the database in the Redis that dead backends are marked in.")]
    [Flag(FlagGroup.Redis, Min = 0)]
    public int WriteRedisDb { get; set; }

    [Option("write-redis-tls", HelpText =
        "Use TLS to connect to the Redis that dead backends are marked in, and to its Sentinels.")]
    [Flag(FlagGroup.Redis)]
    public bool? WriteRedisTls { get; set; } = false;

    [Option("write-redis-ca", MetaValue = "FILE", HelpText =
        "PEM file of CA certificates to trust for this Redis, in addition to the system's. Requires " +
        "--write-redis-tls.")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisCa { get; set; } = "";

    [Option("write-redis-cert", MetaValue = "FILE", HelpText =
        "PEM file of the client certificate for this Redis, if it requires one (tls-auth-clients, its default).")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisCert { get; set; } = "";

    [Option("write-redis-key", MetaValue = "FILE", HelpText =
        "PEM file of the private key of --write-redis-cert, without a password.")]
    [Flag(FlagGroup.Redis)]
    public string WriteRedisKey { get; set; } = "";

    [Option("write-redis-insecure", HelpText =
        "Do not verify the certificate of this Redis.")]
    [Flag(FlagGroup.Redis)]
    public bool? WriteRedisInsecure { get; set; } = false;
}
