namespace Proxy.Host.CommandLine;

/// <summary>The flags of one Redis, with the role that is part of their names.</summary>
internal sealed record RedisFlags
{
    /// <summary><c>read</c> or <c>write</c>.</summary>
    public required string Role { get; init; }

    public required string Network { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    public required string SentinelAddrs { get; init; }

    public required string SentinelName { get; init; }

    public required string Password { get; init; }

    public required int Db { get; init; }

    public required string User { get; init; }

    public required string SentinelUser { get; init; }

    public required string SentinelPassword { get; init; }

    public required bool Tls { get; init; }

    public required string Ca { get; init; }

    public required string Cert { get; init; }

    public required string Key { get; init; }

    public required bool Insecure { get; init; }

    public static RedisFlags ToRead(Flags flags) => new()
    {
        Role = "read",
        Network = flags.ReadRedisNetwork,
        Host = flags.ReadRedisHost,
        Port = flags.ReadRedisPort,
        SentinelAddrs = flags.ReadRedisSentinelAddrs,
        SentinelName = flags.ReadRedisSentinelName,
        Password = flags.ReadRedisPassword,
        Db = flags.ReadRedisDb,
        User = flags.ReadRedisUser,
        SentinelUser = flags.ReadRedisSentinelUser,
        SentinelPassword = flags.ReadRedisSentinelPassword,
        Tls = flags.ReadRedisTls is true,
        Ca = flags.ReadRedisCa,
        Cert = flags.ReadRedisCert,
        Key = flags.ReadRedisKey,
        Insecure = flags.ReadRedisInsecure is true,
    };

    public static RedisFlags ToWrite(Flags flags) => new()
    {
        Role = "write",
        Network = flags.WriteRedisNetwork,
        Host = flags.WriteRedisHost,
        Port = flags.WriteRedisPort,
        SentinelAddrs = flags.WriteRedisSentinelAddrs,
        SentinelName = flags.WriteRedisSentinelName,
        Password = flags.WriteRedisPassword,
        Db = flags.WriteRedisDb,
        User = flags.WriteRedisUser,
        SentinelUser = flags.WriteRedisSentinelUser,
        SentinelPassword = flags.WriteRedisSentinelPassword,
        Tls = flags.WriteRedisTls is true,
        Ca = flags.WriteRedisCa,
        Cert = flags.WriteRedisCert,
        Key = flags.WriteRedisKey,
        Insecure = flags.WriteRedisInsecure is true,
    };
}
