namespace Proxy.Host;

/// <summary>The seven flags of one Redis, with the role that is part of their names.</summary>
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
    };
}
