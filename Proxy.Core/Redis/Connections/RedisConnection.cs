using System.Diagnostics;
using System.Net;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Redis.Protocol;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry.Metrics;
using StackExchange.Redis;

namespace Proxy.Core.Redis.Connections;

/// <summary>
/// One configured Redis, kept connected: to its fixed address, or to the primary that the Sentinels name. Commands fail
/// at once while there is no connection, and after <see cref="Limit"/> when Redis does not answer.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>The longest wait for a connection or a reply.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(LibraryOptions.ConnectMilliseconds);

    /// <summary>How often the Sentinels are asked, and at most a connection is replaced.</summary>
    private static readonly TimeSpan KeepPeriod = TimeSpan.FromSeconds(1);
    private const int TurnsPerExamination = 5;

    private readonly RedisEndpoint _endpoint;
    private readonly NameResolver _names;
    private readonly RedisTrust? _trust;
    private readonly Sentinels? _sentinels;
    private readonly OneTimeReports _reports;
    private readonly RedisLoginCheck _admission;
    private readonly CancellationTokenSource _stop = new();
    private ConnectionMultiplexer? _multiplexer;
    private Task _keeping = Task.CompletedTask;
    private long _reconnects;
    private int _connections;
    private int _isRenewalWanted;
    private NamedRedisTunnel? _tunnel;
    private int _turns;
    private volatile bool _isExamined;
    private volatile string? _loginTrouble;

    private RedisConnection(RedisEndpoint endpoint, NameResolver names, Action<string> errors)
    {
        (_endpoint, _names) = (endpoint, names);
        Reasons = new RedisReasons(endpoint);
        _reports = new OneTimeReports(errors);
        if (endpoint.Tls is { } tls) _trust = new RedisTrust(tls, endpoint.Role);
        _admission = new RedisLoginCheck(endpoint, Reasons, OpenAsync);
        if (endpoint.Sentinels.Count > 0) _sentinels = new Sentinels(endpoint, names, _trust);
        else Server = endpoint.Address;
    }

    /// <summary>The server commands go to at present; null while no Sentinel has named it.</summary>
    public EndPoint? Server { get; private set; }

    /// <summary>Whether there is a connection.</summary>
    public bool IsUp => Volatile.Read(ref _multiplexer) is { IsConnected: true };

    /// <summary>How often a connection was made again.</summary>
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

    /// <summary>The words for what this server refuses.</summary>
    internal RedisReasons Reasons { get; }

    /// <summary>Changes whenever commands begin to go to another server, or by another connection.</summary>
    internal int Generation => Volatile.Read(ref _connections);

    /// <summary>Why the last login was refused, with the flags to correct; null when it was accepted.</summary>
    internal string? LoginTrouble => _loginTrouble;

    /// <summary>Where commands are given.</summary>
    /// <exception cref="RoutesUnavailableException">Not connected so far.</exception>
    public IDatabase Database =>
        Volatile.Read(ref _multiplexer)?.GetDatabase()
        ?? throw new RoutesUnavailableException(
            $"{Name}: not connected, {_sentinels?.Trouble ?? "it cannot be reached"}");

    /// <summary>Connects. A Redis that cannot be reached is tried again in the background until it can be.</summary>
    /// <param name="endpoint">What is configured.</param>
    /// <param name="names">Resolves names, again whenever a connection is made.</param>
    /// <param name="errors">Takes one line for each right that is missing; null for none.</param>
    /// <exception cref="RedisRefusedException">It can be reached and cannot be used.</exception>
    public static async Task<RedisConnection> StartAsync(
        RedisEndpoint endpoint, NameResolver names, Action<string>? errors = null)
    {
        var connection = new RedisConnection(endpoint, names, errors ?? (static _ => { }));
        if (connection._sentinels is { } sentinels)
        {
            connection.Server = await sentinels.FindMasterAsync(Limit);
            if (sentinels.IsRefused) throw new RedisRefusedException($"{connection.Name}: {sentinels.Trouble}");
        }

        if (connection.Server is { } server)
        {
            if (await connection._admission.RefusalAsync(server, Limit) is { } refusal)
                throw new RedisRefusedException($"{connection.Name}: {refusal}");
            await connection.TryConnectAsync(server);
        }

        connection._keeping = connection.KeepAsync();
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
        catch (Exception e) when (RedisFailure.Is(e))
        {
            return Explain(e);
        }
        finally
        {
            Commands.ObserveSince(since);
        }
    }

    /// <summary>What went wrong with a command, in one short line that names this Redis.</summary>
    internal string Explain(Exception problem) => problem switch
    {
        RoutesUnavailableException => problem.Message,
        RedisServerException => $"{Name}: {Reasons.Of(problem)}",
        TimeoutException => $"{Name}: no answer within {LibraryOptions.AnswerMilliseconds} ms",
        _ when _loginTrouble is { } trouble => $"{Name}: {trouble}",
        _ => $"{Name}: {Reasons.Of(problem)}",
    };

    /// <summary>
    /// Why writing commands failed, like <see cref="Explain"/>. The library hides why a transaction was refused, so
    /// the server is asked. A server that takes no writes has the connection replaced, and names resolved again.
    /// </summary>
    internal async Task<string> ExplainAsync(Exception problem, params string[][] commands)
    {
        var isHidden = problem.Message.StartsWith("EXECABORT", StringComparison.Ordinal)
            || problem is RedisConnectionException;
        if (RedisReasons.IsReadOnly(problem)) Renew();
        else if (isHidden && Server is { } server
            && await _admission.SharedRefusalAsync(server, Limit, commands) is { } refusal)
        {
            if (refusal.StartsWith("READONLY", StringComparison.Ordinal)) Renew();
            return $"{Name}: {refusal}";
        }

        return Explain(problem);
    }

    /// <summary>Logs a trouble that stays until a person ends it; once.</summary>
    internal void Report(string trouble) => _reports.Write(trouble);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _keeping;
        if (_multiplexer is { } multiplexer) await CloseAsync(multiplexer);
        _stop.Dispose();
    }

    /// <summary>Looks at a reply to what a connection of our own begins with.</summary>
    /// <exception cref="IOException">It cannot serve now, or refuses the login.</exception>
    /// <exception cref="RedisPushesRefusedException">It can never do it.</exception>
    internal void Expect(in RespValue reply)
    {
        var error = reply.IsError ? reply.ToString() : "";
        _loginTrouble = Reasons.OfLogin(error);
        if (_loginTrouble is { } trouble) throw new IOException(trouble);
        if (error.Length == 0) return;
        throw RedisReasons.IsRefusal(error)
            ? new RedisPushesRefusedException(Reasons.Of(error))
            : new IOException(Reasons.Of(error));
    }

    private void Renew() => Volatile.Write(ref _isRenewalWanted, 1);

    private async Task TryConnectAsync(EndPoint server)
    {
        try
        {
            var tunnel = new NamedRedisTunnel(_names, Limit);
            var multiplexer = await ConnectionMultiplexer.ConnectAsync(
                LibraryOptions.Of(server, _endpoint, _trust, tunnel));
            multiplexer.ConnectionRestored += (_, restored) =>
            {
                _isExamined = false;
                if (restored.ConnectionType == ConnectionType.Interactive) Interlocked.Increment(ref _reconnects);
            };
            var old = Interlocked.Exchange(ref _multiplexer, multiplexer);
            (Server, _tunnel, _isExamined) = (server, tunnel, false);
            Interlocked.Increment(ref _connections);
            if (old is null) return;
            Interlocked.Increment(ref _reconnects);
            await CloseAsync(old);
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            Report($"{Name}: {Reasons.Of(e)}");    // The next turn tries again.
        }
    }

    private static async Task CloseAsync(ConnectionMultiplexer multiplexer)
    {
        try
        {
            await multiplexer.DisposeAsync();
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            // It is not used any more, whatever its last words are.
        }
    }

    private async Task KeepAsync()
    {
        using var timer = new PeriodicTimer(KeepPeriod);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ExamineAsync();
                await timer.WaitForNextTickAsync(_stop.Token);
                await FollowAsync();
            }
            catch (Exception e) when (RedisFailure.Is(e))
            {
                // Stopped, or a failure that the next turn may not have.
            }
        }
    }

    private async Task FollowAsync()
    {
        var isRenewal = Interlocked.Exchange(ref _isRenewalWanted, 0) == 1;
        var server = _sentinels is null ? _endpoint.Address : await _sentinels.FindMasterAsync(Limit);
        if (server is null) return;
        if (await HasMovedAsync(isRenewal) || isRenewal || _multiplexer is null || !server.Equals(Server))
            await TryConnectAsync(server);
    }

    // A name that stands for other addresses now means another server, even if the old one still answers.
    private async Task<bool> HasMovedAsync(bool isRenewal)
    {
        if (Server is not DnsEndPoint { Host: var host } || _tunnel?.ConnectedTo is not { } ip) return false;
        if (IPAddress.TryParse(host, out _)) return false;
        using var limit = new CancellationTokenSource(Limit);
        var answer = await _names.ResolveAsync(host, limit.Token);
        if (isRenewal) answer.Name?.Expire();
        return answer.Name is { } name && !name.Has(ip);
    }

    // Rights that are missing are found before they are needed, also those without which there is no connection.
    private async Task ExamineAsync()
    {
        var isTurn = IsUp || _turns++ % TurnsPerExamination == 0;
        if (_isExamined || !isTurn || Server is not { } server) return;
        _isExamined = true;
        if (await RedisConnectionCheck.MissingRightsAsync(_endpoint, server, OpenAsync) is not { } missing)
            _isExamined = false;
        else foreach (var right in missing) Report($"{Name}: {right}");
    }

    /// <summary>An address as it is written.</summary>
    internal static string Text(EndPoint endpoint) => endpoint switch
    {
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endpoint.ToString()!,
    };
}
