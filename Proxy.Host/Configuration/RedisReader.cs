using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Core.Redis.Connections;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Configuration;

/// <summary>Turns the flags of one Redis into its settings: Sentinels if given, else a socket or an address.</summary>
internal sealed class RedisReader
{
    private const string HostDefault = "127.0.0.1";
    private const int PortDefault = 6379;

    private readonly string _role;
    private readonly string _prefix;
    private readonly RedisFlags _flags;
    private readonly FlagErrors _errors;

    private RedisReader(string role, RedisFlags flags, FlagErrors errors) =>
        (_role, _prefix, _flags, _errors) = (role, $"{role}-redis-", flags, errors);

    /// <summary>Returns the settings, and adds what is wrong with them to the errors.</summary>
    /// <param name="role"><c>read</c> or <c>write</c>.</param>
    /// <param name="flags">The flags of that Redis.</param>
    /// <param name="errors">Receives the errors.</param>
    public static RedisEndpoint Read(string role, RedisFlags flags, FlagErrors errors) =>
        new RedisReader(role, flags, errors).Read();

    private RedisEndpoint Read()
    {
        var hasSentinels = _flags.SentinelAddrs.Length > 0;
        return new RedisEndpoint
        {
            Role = _role,
            Address = hasSentinels ? new DnsEndPoint(HostDefault, PortDefault) : Address(),
            Sentinels = hasSentinels ? Sentinels() : [],
            SentinelName = _flags.SentinelName,
            Login = new RedisLogin(_flags.User, _flags.Password),
            SentinelLogin = new RedisLogin(_flags.SentinelUser, _flags.SentinelPassword),
            Database = _flags.Db,
            Tls = Tls(),
        };
    }

    private EndPoint Address()
    {
        if (_flags.Network == "unix") return Socket();

        var host = _flags.Host.Length == 0 ? HostDefault : _flags.Host;
        if (host[0] == '[' && host[^1] == ']') host = host[1..^1];
        var port = _flags.Port == 0 ? PortDefault : _flags.Port;
        if (HostAndPort.IsHost(host)) return HostAndPort.EndPointOf(host, port);

        var alternative = _flags.Host.Contains('/') ? $" (the path of a socket needs --{_prefix}network unix)" : "";
        _errors.Invalid(
            _prefix + "host", _flags.Host, $"a name or an IP address; the port is --{_prefix}port's{alternative}");
        return new DnsEndPoint(HostDefault, port);
    }

    private EndPoint Socket()
    {
        try
        {
            if (_flags.Host is not ("" or HostDefault)) return new UnixDomainSocketEndPoint(_flags.Host);
        }
        catch (ArgumentException)
        {
            // Longer than the limit of the system, or with a NUL in it: reported below like any other.
        }

        _errors.Invalid(
            _prefix + "host", _flags.Host, $"the path of a socket, at most 107 bytes, with --{_prefix}network unix");
        return new DnsEndPoint(HostDefault, PortDefault);
    }

    private DnsEndPoint[] Sentinels()
    {
        if (_flags.SentinelName.Length == 0)
        {
            _errors.Add($"--{_prefix}sentinel-name is missing: redis sentinel name cannot be empty " +
                $"when --{_prefix}sentinel-addrs is given");
        }

        var sentinels = new List<DnsEndPoint>();
        foreach (var entry in _flags.SentinelAddrs.Split(',', StringSplitOptions.TrimEntries))
        {
            if (HostAndPort.TryConnectTo(entry, out var sentinel))
                sentinels.Add(sentinel);
            else if (entry.Length == 0)
                Reject("HOST:PORT,HOST:PORT,...: redis sentinel addrs cannot be empty");
            else
                Reject($"HOST:PORT,HOST:PORT,..., which \"{entry}\" is not");
        }

        return [.. sentinels];

        void Reject(string allowed) => _errors.Invalid(_prefix + "sentinel-addrs", _flags.SentinelAddrs, allowed);
    }

    private RedisTls? Tls()
    {
        if (_flags.Tls is true)
        {
            if (_flags.Network == "unix" && _flags.SentinelAddrs.Length == 0)
                _errors.Invalid(_prefix + "tls", "true", "false for a unix socket: Redis has no TLS there");
            if ((_flags.Cert.Length > 0) != (_flags.Key.Length > 0))
                _errors.Add($"--{_prefix}cert and --{_prefix}key need each other");
            return new RedisTls(
                Named(_flags.Ca), Named(_flags.Cert), Named(_flags.Key), _flags.Insecure is true);
        }

        (string Name, bool IsGiven)[] onlyForTls =
        [
            ("ca", _flags.Ca.Length > 0), ("cert", _flags.Cert.Length > 0), ("key", _flags.Key.Length > 0),
            ("insecure", _flags.Insecure is true),
        ];
        foreach (var (name, _) in onlyForTls.Where(flag => flag.IsGiven))
            _errors.Add($"--{_prefix}{name} is for TLS and needs --{_prefix}tls");
        return null;
    }

    private static string? Named(string file) => file.Length == 0 ? null : file;
}
