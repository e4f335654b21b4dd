using CommandLine;
using Proxy.Host.Configuration;

namespace Proxy.Host.CommandLine;

/// <summary>
/// The flags of the proxy as typed. A flag is one property: its name, its help, its default, nothing else. A text is a
/// <c>string</c>, a number an <c>int</c>, a switch a <c>bool?</c> (CommandLineParser cannot turn a plain bool off), a
/// time a <see cref="GoDuration"/>. <see cref="SettingsReader"/> turns them into settings.
/// </summary>
internal sealed class Flags
{
    [Option('l', "listen", MetaValue = "ADDRESS", HelpText =
        "Address to accept HTTP on: HOST:PORT or :PORT. \"disabled\" turns plain HTTP off.")]
    [Flag(FlagGroup.Listen)]
    public string Listen { get; set; } = "0.0.0.0:8989";

    [Option("max-connections", MetaValue = "NUMBER", HelpText =
        "At most this many simultaneous client connections, on all listeners together; further connections wait " +
        "until a slot is free. 0 means half the limit of open files.")]
    [Flag(FlagGroup.Listen, Min = 0)]
    public int MaxConnections { get; set; }

    [Option("max-connections-per-address", MetaValue = "NUMBER", HelpText =
        "At most this many simultaneous connections of one client address (one /64 for IPv6); further " +
        "connections are closed. 0 means no limit.")]
    [Flag(FlagGroup.Listen, Min = 0)]
    public int MaxConnectionsPerAddress { get; set; }

    [Option("trusted-proxies", MetaValue = "CIDR,...", HelpText =
        "Addresses of the trusted proxies in front, separated by commas. X-Forwarded-For and similar headers are " +
        "accepted from these addresses only, and removed from all other requests. Without this flag they are " +
        "accepted from every client.")]
    [Flag(FlagGroup.Listen)]
    public string TrustedProxies { get; set; } = "";

    [Option("proxy-protocol", MetaValue = "MODE", HelpText =
        "\"on\" requires a PROXY protocol header, version 1 or 2, at the start of every connection. Connections " +
        "without one are closed.")]
    [Flag(FlagGroup.Listen, OneOf = "off|on")]
    public string ProxyProtocol { get; set; } = "off";

    [Option("tls-listen", MetaValue = "ADDRESS", HelpText =
        "Address to accept HTTPS on: HOST:PORT or :PORT.")]
    [Flag(FlagGroup.Tls)]
    public string TlsListen { get; set; } = "";

    [Option("tls-preset", MetaValue = "PRESET", HelpText =
        "TLS versions and cipher suites for clients. \"modern\" is TLS 1.2 and 1.3 with forward secrecy and " +
        "authenticated encryption, \"intermediate\" adds older suites, \"old\" also TLS 1.0 and 1.1.")]
    [Flag(FlagGroup.Tls, OneOf = "modern|intermediate|old")]
    public string TlsPreset { get; set; } = "modern";

    [Option("load-certificates-from", MetaValue = "PLACE", HelpText =
        "Source of the certificates. \"redis\" is the hash tls:NAME in the Redis that routes are read from; any " +
        "other value is a directory with NAME.crt and NAME.key. NAME is a host, or a wildcard such as " +
        "*.example.com.")]
    [Flag(FlagGroup.Tls)]
    public string LoadCertificatesFrom { get; set; } = "redis";

    [Option("default-certificate", MetaValue = "NAME", HelpText =
        "Name of the certificate for clients that send no server name or an unknown one. Without it their " +
        "handshakes are rejected.")]
    [Flag(FlagGroup.Tls)]
    public string DefaultCertificate { get; set; } = "";

    [Option("certificates-cache-size", MetaValue = "NUMBER", HelpText =
        "How many certificates are cached in memory, about 0.1 MB each.")]
    [Flag(FlagGroup.Tls, Min = 1)]
    public int CertificatesCacheSize { get; set; } = 10000;

    [Option("backend-ca", MetaValue = "FILE", HelpText =
        "PEM file of CA certificates to trust for https backends, in addition to the system's.")]
    [Flag(FlagGroup.Tls)]
    public string BackendCa { get; set; } = "";

    [Option("backend-insecure", HelpText =
        "Do not verify the certificates of https backends.")]
    [Flag(FlagGroup.Tls)]
    public bool? BackendInsecure { get; set; } = false;

    [RedisRole("read", "the Redis that routes are read from")]
    public RedisFlags ReadRedis { get; set; } = new();

    [RedisRole("write", "the Redis that dead backends are marked in")]
    public RedisFlags WriteRedis { get; set; } = new();

    [Option("request-timeout", HelpText =
        "How long a backend may take to send its response head, counted from the last progress in sending it the " +
        "request body. 0 or less means no limit.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration RequestTimeout { get; set; } = new("30s");

    [Option("dial-timeout", HelpText =
        "How long connecting to a backend may take. 0 means only the operating system's limit.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration DialTimeout { get; set; } = new("10s");

    [Option("client-read-timeout", HelpText =
        "How long a client may take to send a whole request with its body. 0 means no limit: --request-timeout " +
        "does not limit the client.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientReadTimeout { get; set; } = new("0s");

    [Option("client-read-header-timeout", HelpText =
        "How long a client may take to send the request head. 0 means the value of --client-read-timeout, or " +
        "else of --client-idle-timeout.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientReadHeaderTimeout { get; set; } = new("0s");

    [Option("client-write-timeout", HelpText =
        "How long a response may take until its last byte has been sent to the client, counted from the end of " +
        "the request head. 0 means no limit.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientWriteTimeout { get; set; } = new("0s");

    [Option("client-idle-timeout", HelpText =
        "How long a keep-alive connection may wait for its next request. 0 means the value of " +
        "--client-read-timeout.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientIdleTimeout { get; set; } = new("0s");

    [Option("tunnel-idle-timeout", HelpText =
        "How long a WebSocket or other upgraded connection may be without traffic. 0 means no limit.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration TunnelIdleTimeout { get; set; } = new("0s");

    [Option("flush-interval", HelpText =
        "Accepted for compatibility, without effect: data is forwarded as soon as it arrives. A number without a " +
        "unit is milliseconds.")]
    [Flag(FlagGroup.Timeouts, BareUnit = "ms")]
    public GoDuration FlushInterval { get; set; } = new("10ms");

    [Option("drain-delay", HelpText =
        "How long PlanB still accepts connections at shutdown while /readyz already answers 503, so that load " +
        "balancers stop sending requests first.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration DrainDelay { get; set; } = new("0s");

    [Option("drain-timeout", HelpText =
        "How long PlanB waits at shutdown for requests in flight before it aborts them. 0 means not at all.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration DrainTimeout { get; set; } = new("60s");

    [Option("routes", MetaValue = "FILE", HelpText =
        "File to read routes from instead of Redis: redis-cli commands, one per line, for example \"rpush " +
        "frontend:HOST NAME URL\". Reread when it changes.")]
    [Flag(FlagGroup.Routing)]
    public string Routes { get; set; } = "";

    [Option("routes-cache-size", HelpText =
        "How many hosts are cached in memory with their routes; the least recently used are dropped first.")]
    [Flag(FlagGroup.Routing, Unit = "hosts", Min = 1)]
    public int RoutesCacheSize { get; set; } = 200_000;

    [Option("stale-routes", MetaValue = "TIME", HelpText =
        "How long the last known routes are served while Redis is unavailable, or \"forever\". 0 means not at " +
        "all.")]
    [Flag(FlagGroup.Routing)]
    public string StaleRoutes { get; set; } = "forever";

    [Option("snapshot", MetaValue = "FILE", HelpText =
        "File that stores the last known routes, so that PlanB can start while Redis is unavailable. It has the " +
        "format of --routes.")]
    [Flag(FlagGroup.Routing)]
    public string Snapshot { get; set; } = "";

    [Option("backend-cache", HelpText =
        "For a Redis that cannot push changes (before 6.0): cache routes for 2 seconds instead of reading them " +
        "for each request.")]
    [Flag(FlagGroup.Routing)]
    public bool? BackendCache { get; set; } = false;

    [Option("active-healthcheck", HelpText =
        "Probe dead backends about once a second, as configured in healthcheck:HOST, until they respond.")]
    [Flag(FlagGroup.Routing)]
    public bool? ActiveHealthcheck { get; set; } = false;

    [Option("hipache", HelpText =
        "Respond and mark backends as Hipache does: 502 instead of 503, statuses 501 to 599 mark a backend dead, " +
        "the only backend of a host is never marked.")]
    [Flag(FlagGroup.Routing)]
    public bool? Hipache { get; set; } = false;

    [Option("dead-backend-time", HelpText =
        "How long a backend stays out of service after a network failure, 1s or more. 0 means 30s.")]
    [Flag(FlagGroup.Routing, Min = 0)]
    public GoDuration DeadBackendTime { get; set; } = new("30s");

    [Option("retries", HelpText =
        "How many other backends are tried after connecting to one has failed.")]
    [Flag(FlagGroup.Routing, Min = 0)]
    public int Retries { get; set; } = 2;

    [Option("access-log", MetaValue = "FILE", HelpText =
        "File to append the access log to. \"stdout\" is standard output, \"syslog\" the local syslog " +
        "(\"syslog:PATH\" another socket), \"none\" turns the log off.")]
    [Flag(FlagGroup.Logs)]
    public string AccessLog { get; set; } = "./access.log";

    [Option("access-log-format", MetaValue = "FORMAT", HelpText =
        "Format of the access log. \"line\" is that of the Go planb, \"json\" is one JSON object per line, with " +
        "more detail.")]
    [Flag(FlagGroup.Logs, OneOf = "line|json")]
    public string AccessLogFormat { get; set; } = "line";

    [Option("request-id-header", MetaValue = "NAME", HelpText =
        "Header that carries a unique request id to the backend and into the log; PlanB generates an id if the " +
        "client sent none.")]
    [Flag(FlagGroup.Logs)]
    public string RequestIdHeader { get; set; } = "";

    [Option("metrics-address", MetaValue = "ADDRESS", HelpText =
        "Address to serve /metrics, /healthz, /readyz and /state.json on: HOST:PORT or :PORT. These pages show " +
        "hosts and backends to everyone who can reach the address.")]
    [Flag(FlagGroup.Logs)]
    public string MetricsAddress { get; set; } = "";

    [Option("metrics-hosts", HelpText =
        "How many hosts, the busiest ones, have metrics of their own; all other hosts are counted together.")]
    [Flag(FlagGroup.Logs, Unit = "hosts", Min = 0, Max = 1000)]
    public int MetricsHosts { get; set; }

    [Option("engine", MetaValue = "ENGINE", HelpText =
        "I/O engine. \"native\" is the fastest on this platform, \"sockets\" works on every platform.")]
    [Flag(FlagGroup.Other, OneOf = "native|sockets")]
    public string Engine { get; set; } = "native";

    [Option("threads", MetaValue = "NUMBER", HelpText =
        "How many I/O threads the native engine runs. 0 means one per CPU core that the process may use.")]
    [Flag(FlagGroup.Other, Min = 0, Max = 1024)]
    public int Threads { get; set; }

    [Option('h', "help", HelpText =
        "Print this help and exit. The word help alone does the same.")]
    [Flag(FlagGroup.Other)]
    public bool? Help { get; set; }

    [Option('v', "version", HelpText =
        "Print the version and exit.")]
    [Flag(FlagGroup.Other)]
    public bool? Version { get; set; }
}
