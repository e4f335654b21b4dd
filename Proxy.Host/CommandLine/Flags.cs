using CommandLine;
using Proxy.Host.Configuration;

namespace Proxy.Host.CommandLine;

/// <summary>
/// What was typed. A flag is one property: its name, its help, its default, nothing else. Text is <c>string</c>, a
/// number <c>int</c>, a switch <c>bool?</c> (a plain bool cannot be turned off again), a time <see cref="GoDuration"/>.
/// <see cref="SettingsReader"/> gives the values their meaning.
/// </summary>
internal sealed partial class Flags
{
    [Option('l', "listen", MetaValue = "ADDRESS", HelpText =
        "Address to accept HTTP on: HOST:PORT or :PORT. \"disabled\" means no plain HTTP at all.")]
    [Flag(FlagGroup.Listen)]
    public string Listen { get; set; } = "0.0.0.0:8989";

    [Option("max-connections", MetaValue = "NUMBER", HelpText =
        "How many clients may be connected at once, on all addresses together; more of them wait until others are " +
        "gone. 0 means half as many as files may be open.")]
    [Flag(FlagGroup.Listen, Min = 0)]
    public int MaxConnections { get; set; }

    [Option("max-connections-per-address", MetaValue = "NUMBER", HelpText =
        "How many clients of one address (of one /64 with IPv6) may be connected at once; more of them are closed. " +
        "0 means no limit.")]
    [Flag(FlagGroup.Listen, Min = 0)]
    public int MaxConnectionsPerAddress { get; set; }

    [Option("trusted-proxies", MetaValue = "CIDR,...", HelpText =
        "Addresses of the proxies in front, separated by commas: what they say about their clients in " +
        "X-Forwarded-For and the like is passed on and logged, what anybody else says is left out. " +
        "Without it everything is passed on.")]
    [Flag(FlagGroup.Listen)]
    public string TrustedProxies { get; set; } = "";

    [Option("proxy-protocol", MetaValue = "MODE", HelpText =
        "\"on\" means that every connection begins with a header of the PROXY protocol, version 1 or 2, " +
        "that says where it comes from. Others are cut.")]
    [Flag(FlagGroup.Listen, OneOf = "off|on")]
    public string ProxyProtocol { get; set; } = "off";

    [Option("tls-listen", MetaValue = "ADDRESS", HelpText =
        "Address to accept HTTPS on: HOST:PORT or :PORT.")]
    [Flag(FlagGroup.Tls)]
    public string TlsListen { get; set; } = "";

    [Option("tls-preset", MetaValue = "PRESET", HelpText =
        "What clients may speak: \"modern\" is TLS 1.2 and 1.3 with forward secrecy and authenticated encryption; " +
        "\"intermediate\" adds older suites, \"old\" also TLS 1.0 and 1.1.")]
    [Flag(FlagGroup.Tls, OneOf = "modern|intermediate|old")]
    public string TlsPreset { get; set; } = "modern";

    [Option("load-certificates-from", MetaValue = "PLACE", HelpText =
        "Where certificates are: \"redis\" is the hash tls:NAME of the Redis that routes are read from, anything " +
        "else a folder with NAME.crt and NAME.key. NAME is a host or *.rest.")]
    [Flag(FlagGroup.Tls)]
    public string LoadCertificatesFrom { get; set; } = "redis";

    [Option("default-certificate", MetaValue = "NAME", HelpText =
        "Name of the certificate for clients that ask for an unknown name or for none. Without it they are refused.")]
    [Flag(FlagGroup.Tls)]
    public string DefaultCertificate { get; set; } = "";

    [Option("certificates-cache-size", MetaValue = "NUMBER", HelpText =
        "How many certificates are kept in memory, at about 0.1 MB each.")]
    [Flag(FlagGroup.Tls, Min = 1)]
    public int CertificatesCacheSize { get; set; } = 10000;

    [Option("backend-ca", MetaValue = "FILE", HelpText =
        "PEM file with authorities that https backends are trusted by, beside the system's.")]
    [Flag(FlagGroup.Tls)]
    public string BackendCa { get; set; } = "";

    [Option("backend-insecure", HelpText =
        "Take any certificate from https backends.")]
    [Flag(FlagGroup.Tls)]
    public bool? BackendInsecure { get; set; } = false;

    [Option("request-timeout", HelpText =
        "How long a backend may take until the head of its response has come, from the last progress of the " +
        "request's body towards it. 0 or less means no limit.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration RequestTimeout { get; set; } = new("30s");

    [Option("dial-timeout", HelpText =
        "How long connecting to a backend may take. 0 means no limit but the system's.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration DialTimeout { get; set; } = new("10s");

    [Option("client-read-timeout", HelpText =
        "How long a client may take to send a whole request with its body. 0 means no limit; " +
        "--request-timeout does not bound the client.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientReadTimeout { get; set; } = new("0s");

    [Option("client-read-header-timeout", HelpText =
        "How long a client may take to send the head of a request. " +
        "0 means as --client-read-timeout, else as --client-idle-timeout.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientReadHeaderTimeout { get; set; } = new("0s");

    [Option("client-write-timeout", HelpText =
        "How long a response may take to its last byte, counted from the end of the request's head. " +
        "0 means no limit.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientWriteTimeout { get; set; } = new("0s");

    [Option("client-idle-timeout", HelpText =
        "How long a kept connection may wait for its next request. 0 means as --client-read-timeout.")]
    [Flag(FlagGroup.Timeouts)]
    public GoDuration ClientIdleTimeout { get; set; } = new("0s");

    [Option("tunnel-idle-timeout", HelpText =
        "How long nothing may pass through a websocket or another upgraded connection. 0 means no limit.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration TunnelIdleTimeout { get; set; } = new("0s");

    [Option("flush-interval", HelpText =
        "Accepted for compatibility, without effect: bytes are passed on as soon as no more of them are waiting, " +
        "which is never later than any interval. Without a unit it is milliseconds.")]
    [Flag(FlagGroup.Timeouts, BareUnit = "ms")]
    public GoDuration FlushInterval { get; set; } = new("10ms");

    [Option("drain-delay", HelpText =
        "How long a stop goes on accepting while /readyz says no already, so that balancers turn away first.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration DrainDelay { get; set; } = new("0s");

    [Option("drain-timeout", HelpText =
        "How long a stop waits for running requests before it cuts them. 0 means not at all.")]
    [Flag(FlagGroup.Timeouts, Min = 0)]
    public GoDuration DrainTimeout { get; set; } = new("60s");

    [Option("routes", MetaValue = "FILE", HelpText =
        "File to read routes from instead of Redis: redis-cli commands, one a line, such as " +
        "\"rpush frontend:HOST NAME URL\". Read again when it changes.")]
    [Flag(FlagGroup.Routing)]
    public string Routes { get; set; } = "";

    [Option("routes-cache-size", HelpText =
        "How many hosts are kept in memory with their routes; the least recently asked for go first.")]
    [Flag(FlagGroup.Routing, Unit = "hosts", Min = 1)]
    public int RoutesCacheSize { get; set; } = 200_000;

    [Option("stale-routes", MetaValue = "TIME", HelpText =
        "How long the last known routes are served while Redis is away, or \"forever\". 0 means not at all.")]
    [Flag(FlagGroup.Routing)]
    public string StaleRoutes { get; set; } = "forever";

    [Option("snapshot", MetaValue = "FILE", HelpText =
        "File to keep the last known routes in, for a start while Redis is away. " +
        "It has the form of --routes.")]
    [Flag(FlagGroup.Routing)]
    public string Snapshot { get; set; } = "";

    [Option("backend-cache", HelpText =
        "With a Redis that cannot push changes (before 6.0): keep routes for 2 seconds instead of asking for " +
        "each request.")]
    [Flag(FlagGroup.Routing)]
    public bool? BackendCache { get; set; } = false;

    [Option("active-healthcheck", HelpText =
        "Probe dead backends about once a second, as healthcheck:HOST says, until they answer.")]
    [Flag(FlagGroup.Routing)]
    public bool? ActiveHealthcheck { get; set; } = false;

    [Option("hipache", HelpText =
        "Answer and mark backends as Hipache does: 502 where it says so, statuses 501 to 599 mark a backend " +
        "dead, a lone backend is never marked.")]
    [Flag(FlagGroup.Routing)]
    public bool? Hipache { get; set; } = false;

    [Option("dead-backend-time", HelpText =
        "How long a backend stays out after a network failure, 1s or more. 0 means 30s.")]
    [Flag(FlagGroup.Routing, Min = 0)]
    public GoDuration DeadBackendTime { get; set; } = new("30s");

    [Option("retries", HelpText =
        "How many further backends are tried when connecting to one has failed.")]
    [Flag(FlagGroup.Routing, Min = 0)]
    public int Retries { get; set; } = 2;

    [Option("access-log", MetaValue = "FILE", HelpText =
        "File the access log is appended to. \"stdout\" writes it there, \"syslog\" to the machine's syslog " +
        "(\"syslog:PATH\" to another socket), \"none\" turns it off.")]
    [Flag(FlagGroup.Logs)]
    public string AccessLog { get; set; } = "./access.log";

    [Option("access-log-format", MetaValue = "FORMAT", HelpText =
        "What its lines are: \"line\" is planb's, \"json\" an object with more in it.")]
    [Flag(FlagGroup.Logs, OneOf = "line|json")]
    public string AccessLogFormat { get; set; } = "line";

    [Option("request-id-header", MetaValue = "NAME", HelpText =
        "Header that carries a unique id of each request to the backend and into the log; " +
        "one is made up where the client sent none.")]
    [Flag(FlagGroup.Logs)]
    public string RequestIdHeader { get; set; } = "";

    [Option("metrics-address", MetaValue = "ADDRESS", HelpText =
        "Address to serve /metrics, /healthz, /readyz and /state.json on, HOST:PORT or :PORT. " +
        "It tells hosts and backends to everybody who can reach it.")]
    [Flag(FlagGroup.Logs)]
    public string MetricsAddress { get; set; } = "";

    [Option("metrics-hosts", HelpText =
        "How many hosts, the busiest ones, have metrics of their own; all others are counted together.")]
    [Flag(FlagGroup.Logs, Unit = "hosts", Min = 0, Max = 1000)]
    public int MetricsHosts { get; set; }

    [Option("engine", MetaValue = "ENGINE", HelpText =
        "What moves the bytes: \"native\" is the best this platform has, \"sockets\" works everywhere.")]
    [Flag(FlagGroup.Other, OneOf = "native|sockets")]
    public string Engine { get; set; } = "native";

    [Option("threads", MetaValue = "NUMBER", HelpText =
        "How many threads the native engine moves bytes with. 0 means one for each core that the process may use.")]
    [Flag(FlagGroup.Other, Min = 0, Max = 1024)]
    public int Threads { get; set; }

    [Option('h', "help", HelpText = "Show this help and exit. The word help alone does the same.")]
    [Flag(FlagGroup.Other)]
    public bool? Help { get; set; }

    [Option('v', "version", HelpText = "Show the version and exit.")]
    [Flag(FlagGroup.Other)]
    public bool? Version { get; set; }
}
