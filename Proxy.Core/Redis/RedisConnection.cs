using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry;
using StackExchange.Redis;

namespace Proxy.Core.Redis;

/// <summary>
/// One configured Redis, kept connected: to its fixed address, or to whoever the Sentinels say is the master.
/// Commands fail at once while there is no connection, and after <see cref="Limit"/> when Redis does not answer.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>The longest wait for a connection or a reply.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SentinelPeriod = TimeSpan.FromSeconds(1);
    private const int ReconnectMilliseconds = 200;

    // A reply is found to be late at a heartbeat, so together they make the limit.
    private const int AnswerMilliseconds = 750;
    private const int HeartbeatMilliseconds = 250;

    private readonly RedisEndpoint _endpoint;
    private readonly NameResolver _names;
    private readonly RedisTrust? _trust;
    private readonly Sentinels? _sentinels;
    private readonly CancellationTokenSource _stop = new();
    private ConnectionMultiplexer? _multiplexer;
    private Task _following = Task.CompletedTask;
    private long _reconnects;
    private volatile string? _loginTrouble;

    private RedisConnection(RedisEndpoint endpoint, NameResolver names)
    {
        (_endpoint, _names) = (endpoint, names);
        if (endpoint.Tls is { } tls) _trust = new RedisTrust(tls, endpoint.Role);
        if (endpoint.Sentinels.Count > 0) _sentinels = new Sentinels(endpoint, names, _trust);
        else Server = endpoint.Address;
    }

    /// <summary>The server commands go to at present; null while no Sentinel has told it.</summary>
    public EndPoint? Server { get; private set; }

    /// <summary>Whether there is a connection.</summary>
    public bool IsUp => Volatile.Read(ref _multiplexer) is { IsConnected: true };

    /// <summary>How often a connection was made anew.</summary>
    public long Reconnects => Interlocked.Read(ref _reconnects);

    /// <summary>How long commands took, those that failed included.</summary>
    public DurationMeter Commands { get; } = new([.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1]);

    /// <summary><see cref="Server"/> as text; null like it.</summary>
    public string? ServerText => Server is { } server ? Text(server) : null;

    /// <summary>What this connection is in messages: its role and address.</summary>
    public string Name => $"{_endpoint.Role} redis {(_sentinels is null ? Text(Server!) : _endpoint.SentinelName)}";

    /// <summary>The name under which this process is seen in CLIENT LIST.</summary>
    public static string ClientName { get; } = $"planb-{Environment.MachineName}-{Environment.ProcessId}";

    internal RedisEndpoint Endpoint => _endpoint;

    /// <summary>Why it would not log us in the last time, with the flags to correct; null when it did.</summary>
    internal string? LoginTrouble => _loginTrouble;

    /// <summary>Where commands are given.</summary>
    /// <exception cref="RoutesUnavailableException">Not connected so far.</exception>
    public IDatabase Database =>
        Volatile.Read(ref _multiplexer)?.GetDatabase()
        ?? throw new RoutesUnavailableException($"{Name}: not connected, {_sentinels?.Trouble}");

    /// <summary>Connects. A Redis that cannot be reached is tried again for ever in the background.</summary>
    /// <exception cref="RedisRefusedException">It can be reached and refuses us.</exception>
    public static async Task<RedisConnection> StartAsync(RedisEndpoint endpoint, NameResolver names)
    {
        var connection = new RedisConnection(endpoint, names);
        if (connection._sentinels is { } sentinels)
        {
            connection.Server = await sentinels.FindMasterAsync(Limit);
            if (sentinels.IsRefused) throw new RedisRefusedException($"{connection.Name}: {sentinels.Trouble}");
        }
        if (connection.Server is { } server)
        {
            await connection.CheckAsync(server);
            await connection.ConnectAsync(server);
        }
        if (connection._sentinels is not null) connection._following = connection.FollowMasterAsync();
        return connection;
    }

    /// <summary>A plain connection of one's own to a server of this Redis; logging in is left to the caller.</summary>
    internal Task<RespConnection> OpenAsync(EndPoint server, CancellationToken cancel) =>
        RespConnection.OpenAsync(server, _names, _trust, cancel);

    /// <summary>Whether commands are answered: null, or the reason why not.</summary>
    public async ValueTask<string?> PingAsync()
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            await Database.PingAsync();
            return null;
        }
        catch (Exception e) when (IsFailure(e))
        {
            return Explain(e);
        }
        finally
        {
            Commands.ObserveSince(since);
        }
    }

    /// <summary>Whether this is how commands fail.</summary>
    internal static bool IsFailure(Exception e) =>
        e is RedisException or TimeoutException or ObjectDisposedException or RoutesUnavailableException;

    /// <summary>What went wrong with a command, in one short line.</summary>
    internal string Explain(Exception problem) => problem switch
    {
        RedisServerException => LoginTroubleOf(problem.Message) ?? problem.Message,
        RoutesUnavailableException => problem.Message,
        TimeoutException => $"{Name}: no answer within {AnswerMilliseconds} ms",
        _ when _loginTrouble is { } trouble => $"{Name}: {trouble}",
        _ => $"{Name}: not connected{(problem.InnerException is { } cause ? $", {Short(cause.Message)}" : "")}",
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        if (_multiplexer is { } multiplexer) await multiplexer.DisposeAsync();
        _stop.Dispose();
    }

    // StackExchange.Redis would try a wrong password for ever, and notices a bad database at the first command.
    private async Task CheckAsync(EndPoint server)
    {
        try
        {
            using var timeout = new CancellationTokenSource(Limit);
            using var connection = await OpenAsync(server, timeout.Token);
            foreach (var command in Greeting())
            {
                var reply = await connection.AskAsync(timeout.Token, command);
                if (reply.IsError && IsRefusal(reply.ToString()))
                    throw new RedisRefusedException($"{Name}: {LoginTroubleOf(reply.ToString()) ?? reply.ToString()}");
            }
        }
        catch (RedisHandshakeException e)
        {
            throw new RedisRefusedException($"{Name}: {e.Message}");
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // Not there yet: what comes later is found out by the connection proper.
        }
    }

    private IEnumerable<string[]> Greeting()
    {
        if (_endpoint.Login.Auth is { Length: > 0 } auth) yield return auth;
        if (_endpoint.Database != 0) yield return ["SELECT", _endpoint.Database.ToString(CultureInfo.InvariantCulture)];
        yield return ["PING"];
    }

    internal static bool IsRefusal(string error) =>
        !error.StartsWith("LOADING", StringComparison.Ordinal)
        && !error.StartsWith("MASTERDOWN", StringComparison.Ordinal)
        && !error.StartsWith("BUSY", StringComparison.Ordinal)
        && !error.Contains("max number of clients", StringComparison.Ordinal);

    /// <summary>Looks at a reply to what a connection of our own begins with.</summary>
    /// <exception cref="IOException">It cannot serve now, or does not log us in.</exception>
    /// <exception cref="RedisPushesRefusedException">It can never do it.</exception>
    internal void Expect(in RespValue reply)
    {
        var error = reply.IsError ? reply.ToString() : "";
        _loginTrouble = LoginTroubleOf(error);
        if (_loginTrouble is { } trouble) throw new IOException(trouble);
        if (error.Length == 0) return;
        throw IsRefusal(error) ? new RedisPushesRefusedException(error) : new IOException(error);
    }

    // What HELLO says to who has no password is a text of its own, and long.
    private string? LoginTroubleOf(string error)
    {
        var text = error.StartsWith("NOAUTH", StringComparison.Ordinal) ? "NOAUTH Authentication required."
            : error.StartsWith("WRONGPASS", StringComparison.Ordinal) ? error
            : null;
        return text is null ? null : $"{text} (--{_endpoint.Role}-redis-user, --{_endpoint.Role}-redis-password)";
    }

    // StackExchange.Redis appends its version.
    private static string Short(string message)
    {
        var end = message.IndexOf(", v: ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }

    private async Task ConnectAsync(EndPoint server)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(Options(server));
        multiplexer.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType == ConnectionType.Interactive) Interlocked.Increment(ref _reconnects);
        };
        var old = Interlocked.Exchange(ref _multiplexer, multiplexer);
        Server = server;
        if (old is null) return;
        Interlocked.Increment(ref _reconnects);
        await old.DisposeAsync();
    }

    private ConfigurationOptions Options(EndPoint server) => new()
    {
        EndPoints = { server },
        Tunnel = new NamedRedisTunnel(_names, Limit),
        ClientName = ClientName,
        User = _endpoint.Login.User.Length > 0 ? _endpoint.Login.User : null,
        Password = _endpoint.Login.Auth.Length > 0 ? _endpoint.Login.Password : null,
        Ssl = _trust is not null,
        SslClientAuthenticationOptions = _trust is null ? null : _trust.OptionsFor,
        DefaultDatabase = _endpoint.Database,
        AbortOnConnectFail = false,
        BacklogPolicy = BacklogPolicy.FailFast,
        ReconnectRetryPolicy = new LinearRetry(ReconnectMilliseconds),
        ConnectTimeout = (int)Limit.TotalMilliseconds,
        AsyncTimeout = AnswerMilliseconds,
        SyncTimeout = AnswerMilliseconds,
        HeartbeatInterval = TimeSpan.FromMilliseconds(HeartbeatMilliseconds),
        KeepAlive = 1,
        TieBreaker = "",
        ConfigurationChannel = "",
        SetClientLibrary = false,
        IncludeDetailInExceptions = false,
    };

    private async Task FollowMasterAsync()
    {
        using var timer = new PeriodicTimer(SentinelPeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var master = await _sentinels!.FindMasterAsync(Limit);
                if (master is not null && (_multiplexer is null || !master.Equals(Server))) await ConnectAsync(master);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    /// <summary>An address as it is written.</summary>
    internal static string Text(EndPoint endpoint) => endpoint switch
    {
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endpoint.ToString()!,
    };
}
