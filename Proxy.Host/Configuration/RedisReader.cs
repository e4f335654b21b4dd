using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Redis.Connections;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Configuration;

/// <summary>The flags of one Redis become Sentinels if there are any, else a socket or address.</summary>
internal static class RedisReader
{
    private const string HostDefault = "127.0.0.1";
    private const int PortDefault = 6379;

    public static RedisEndpoint Read(RedisFlags flags, FlagErrors complaints)
    {
        var bySentinels = flags.SentinelAddrs.Length > 0;
        return new RedisEndpoint
        {
            Role = flags.Role,
            Address = bySentinels ? new DnsEndPoint(HostDefault, PortDefault) : Address(flags, complaints),
            Sentinels = bySentinels ? Sentinels(flags, complaints) : [],
            SentinelName = flags.SentinelName,
            Login = new RedisLogin(flags.User, flags.Password),
            SentinelLogin = new RedisLogin(flags.SentinelUser, flags.SentinelPassword),
            Database = flags.Db,
            Tls = Tls(flags, complaints),
        };
    }

    private static RedisTls? Tls(RedisFlags flags, FlagErrors complaints)
    {
        var prefix = $"{flags.Role}-redis-";
        if (flags.Tls)
        {
            if (flags.Network == "unix" && flags.SentinelAddrs.Length == 0)
                complaints.Invalid(prefix + "tls", "true", "false for a unix socket: Redis speaks no TLS there");
            if ((flags.Cert.Length > 0) != (flags.Key.Length > 0))
                complaints.Add($"--{prefix}cert and --{prefix}key need each other");
            return new RedisTls(Named(flags.Ca), Named(flags.Cert), Named(flags.Key), flags.Insecure);
        }

        (string Name, bool IsGiven)[] without =
        [
            ("ca", flags.Ca.Length > 0), ("cert", flags.Cert.Length > 0), ("key", flags.Key.Length > 0),
            ("insecure", flags.Insecure),
        ];
        foreach (var (name, _) in without.Where(flag => flag.IsGiven))
            complaints.Add($"--{prefix}{name} is for TLS and needs --{prefix}tls");
        return null;
    }

    private static string? Named(string file) => file.Length == 0 ? null : file;

    private static DnsEndPoint[] Sentinels(RedisFlags flags, FlagErrors complaints)
    {
        var role = flags.Role;
        if (flags.SentinelName.Length == 0)
        {
            complaints.Add($"--{role}-redis-sentinel-name is missing: redis sentinel name cannot be empty " +
                $"when --{role}-redis-sentinel-addrs is given");
        }

        var sentinels = new List<DnsEndPoint>();
        foreach (var entry in flags.SentinelAddrs.Split(',', StringSplitOptions.TrimEntries))
        {
            if (HostAndPort.TryConnectTo(entry, out var sentinel))
                sentinels.Add(sentinel);
            else if (entry.Length == 0)
                Complain("HOST:PORT,HOST:PORT,...: redis sentinel addrs cannot be empty");
            else
                Complain($"HOST:PORT,HOST:PORT,..., which \"{entry}\" is not");
        }

        return [.. sentinels];

        void Complain(string allowed) =>
            complaints.Invalid($"{role}-redis-sentinel-addrs", flags.SentinelAddrs, allowed);
    }

    private static EndPoint Address(RedisFlags flags, FlagErrors complaints)
    {
        if (flags.Network == "unix") return Socket(flags, complaints);

        var host = flags.Host.Length == 0 ? HostDefault : flags.Host;
        if (host[0] == '[' && host[^1] == ']') host = host[1..^1];
        var port = flags.Port == 0 ? PortDefault : flags.Port;
        if (HostAndPort.IsHost(host)) return HostAndPort.EndPointOf(host, port);

        var alternative = flags.Host.Contains('/') ? $" (a socket's path needs --{flags.Role}-redis-network unix)" : "";
        complaints.Invalid($"{flags.Role}-redis-host", flags.Host,
            $"a name or an IP address; the port is --{flags.Role}-redis-port's{alternative}");
        return new DnsEndPoint(HostDefault, port);
    }

    private static EndPoint Socket(RedisFlags flags, FlagErrors complaints)
    {
        try
        {
            if (flags.Host is not ("" or HostDefault)) return new UnixDomainSocketEndPoint(flags.Host);
        }
        catch (ArgumentException)
        {
            // Longer than the system's limit, or with a NUL in it: complained of below like any other.
        }

        complaints.Invalid($"{flags.Role}-redis-host", flags.Host,
            $"the path of a socket, of at most 107 bytes, with --{flags.Role}-redis-network unix");
        return new DnsEndPoint(HostDefault, PortDefault);
    }
}
