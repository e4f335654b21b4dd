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
/// The connection to one configured Redis, re-established when lost: to its fixed address, or to the primary that the
/// Sentinels name. Commands fail at once without a connection, and after <see cref="Limit"/> when Redis does not
/// answer.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>The longest wait for a connection or a reply.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(LibraryOptions.ConnectMilliseconds);

    /// <summary>How often the Sentinels are queried; a connection is replaced at most this often.</summary>
    private static readonly TimeSpan MaintainPeriod = TimeSpan.FromSeconds(1);
    private const int TurnsPerExamination = 5;

    private readonly RedisEndpoint _endpoint;
    private readonly NameResolver _names;
    private readonly RedisTrust? _trust;
    private readonly Sentinels? _sentinels;
    private readonly OneTimeReports _reports;
    private readonly RedisLoginCheck _loginCheck;
    private readonly CancellationTokenSource _stop = new();
    private ConnectionMultiplexer? _multiplexer;
    private Task _maintaining = Task.CompletedTask;
    private long _reconnects;
    private int _connections;
    private int _isRenewalWanted;
    private NamedRedisTunnel? _tunnel;
    private int _turns;
    private volatile bool _isExamined;
    private volatile string? _loginError;

    private RedisConnection(RedisEndpoint endpoint, NameResolver names, Action<string> errors)
    {
        (_endpoint, _names) = (endpoint, names);
        Reasons = new RedisReasons(endpoint);
        _reports = new OneTimeReports(errors);
        if (endpoint.Tls is { } tls) _trust = new RedisTrust(tls, endpoint.Role);
        _loginCheck = new RedisLoginCheck(endpoint, Reasons, OpenAsync);
        if (endpoint.Sentinels.Count > 0) _sentinels = new Sentinels(endpoint, names, _trust);
        else Server = endpoint.Address;
    }

    /// <summary>The server that commands go to at present; null while no Sentinel has named it.</summary>
    public EndPoint? Server { get; private set; }

    /// <summary>Whether there is a connection.</summary>
    public bool IsUp => Volatile.Read(ref _multiplexer) is { IsConnected: true };

    /// <summary>How often a connection was re-established.</summary>
    public long Reconnects => Interlocked.Read(ref _reconnects);

    /// <summary>The durations of commands, failed ones included.</summary>
    public DurationMeter Commands { get; } = new([.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1]);

    /// <summary><see cref="Server"/> as text, or null.</summary>
    public string? ServerText => Server is { } server ? Text(server) : null;

    /// <summary>The name of this connection in messages: its role and address.</summary>
    public string Name => $"{_endpoint.Role} redis {(_sentinels is null ? Text(Server!) : _endpoint.SentinelName)}";

    /// <summary>The name of this process in CLIENT LIST.</summary>
    public static string ClientName { get; } = $"planb-{Environment.MachineName}-{Environment.ProcessId}";

    internal RedisEndpoint Endpoint => _endpoint;

    /// <summary>The texts for what this server refuses.</summary>
    internal RedisReasons Reasons { get; }

    /// <summary>Changes whenever commands start to go to another server, or through another connection.</summary>
    internal int Generation => Volatile.Read(ref _connections);

    /// <summary>Why the last login was rejected, with the flags to correct; null if it was accepted.</summary>
    internal string? LoginError => _loginError;

    /// <summary>Where commands are sent.</summary>
    /// <exception cref="RoutesUnavailableException">Not connected so far.</exception>
    public IDatabase Database =>
        Volatile.Read(ref _multiplexer)?.GetDatabase()
        ?? throw new RoutesUnavailableException(
            $"{Name}: not connected, {_sentinels?.Problem ?? "it cannot be reached"}");

    /// <summary>Connects. A Redis that cannot be reached is tried again in the background.</summary>
    /// <param name="endpoint">The configured Redis.</param>
    /// <param name="names">Resolves names, again for each connection.</param>
    /// <param name="errors">Takes one line for each missing permission; null for none.</param>
    /// <exception cref="RedisRefusedException">It can be reached and cannot be used.</exception>
    public static async Task<RedisConnection> StartAsync(
        RedisEndpoint endpoint, NameResolver names, Action<string>? errors = null)
    {
        var connection = new RedisConnection(endpoint, names, errors ?? (static _ => { }));
        if (connection._sentinels is { } sentinels)
        {
            connection.Server = await sentinels.FindMasterAsync(Limit);
            if (sentinels.IsRefused) throw new RedisRefusedException($"{connection.Name}: {sentinels.Problem}");
        }

        if (connection.Server is { } server)
        {
            if (await connection._loginCheck.RefusalAsync(server, Limit) is { } refusal)
                throw new RedisRefusedException($"{connection.Name}: {refusal}");
            await connection.TryConnectAsync(server);
        }

        connection._maintaining = connection.MaintainAsync();
        return connection;
    }

    /// <summary>Opens a plain connection to a server of this Redis; the caller logs in.</summary>
    internal Task<RespConnection> OpenAsync(EndPoint server, CancellationToken cancel) =>
        RespConnection.OpenAsync(server, _names, _trust, cancel);

    /// <summary>Returns null if commands are answered, else the reason.</summary>
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

    /// <summary>Returns why a command failed, in one short line that names this Redis.</summary>
    internal string Explain(Exception problem) => problem switch
    {
        RoutesUnavailableException => problem.Message,
        RedisServerException => $"{Name}: {Reasons.Of(problem)}",
        TimeoutException => $"{Name}: no answer within {LibraryOptions.AnswerMilliseconds} ms",
        _ when _loginError is { } loginError => $"{Name}: {loginError}",
        _ => $"{Name}: {Reasons.Of(problem)}",
    };

    /// <summary>
    /// Returns why a write failed, like <see cref="Explain"/>. The library hides why a transaction was rejected, so the
    /// server is queried. If the server takes no writes, the connection is replaced and names are resolved again.
    /// </summary>
    internal async Task<string> ExplainAsync(Exception problem, params string[][] commands)
    {
        var isHidden = problem.Message.StartsWith("EXECABORT", StringComparison.Ordinal)
            || problem is RedisConnectionException;
        if (RedisReasons.IsReadOnly(problem)) Renew();
        else if (isHidden && Server is { } server
            && await _loginCheck.SharedRefusalAsync(server, Limit, commands) is { } refusal)
        {
            if (refusal.StartsWith("READONLY", StringComparison.Ordinal)) Renew();
            return $"{Name}: {refusal}";
        }

        return Explain(problem);
    }

    /// <summary>Logs a problem that lasts until an operator solves it; once.</summary>
    internal void Report(string problem) => _reports.Write(problem);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _maintaining;
        if (_multiplexer is { } multiplexer) await CloseAsync(multiplexer);
        _stop.Dispose();
    }

    /// <summary>Checks a reply to the first commands of a plain connection.</summary>
    /// <exception cref="IOException">The server cannot serve at present, or rejects the login.</exception>
    /// <exception cref="RedisPushesRefusedException">The server can never do it.</exception>
    internal void Expect(in RespValue reply)
    {
        var error = reply.IsError ? reply.ToString() : "";
        _loginError = Reasons.OfLogin(error);
        if (_loginError is { } problem) throw new IOException(problem);
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
            // The old connection is not used any more; how closing it fails does not matter.
        }
    }

    private async Task MaintainAsync()
    {
        using var timer = new PeriodicTimer(MaintainPeriod);
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

    // A name that resolves to other addresses now means another server, even if the old one still answers.
    private async Task<bool> HasMovedAsync(bool isRenewal)
    {
        if (Server is not DnsEndPoint { Host: var host } || _tunnel?.ConnectedTo is not { } ip) return false;
        if (IPAddress.TryParse(host, out _)) return false;
        using var limit = new CancellationTokenSource(Limit);
        var answer = await _names.ResolveAsync(host, limit.Token);
        if (isRenewal) answer.Name?.Expire();
        return answer.Name is { } name && !name.Has(ip);
    }

    // Missing permissions are found before they are needed, also those without which there is no connection.
    private async Task ExamineAsync()
    {
        var isTurn = IsUp || _turns++ % TurnsPerExamination == 0;
        if (_isExamined || !isTurn || Server is not { } server) return;
        _isExamined = true;
        if (await RedisConnectionCheck.MissingRightsAsync(_endpoint, server, OpenAsync) is not { } missing)
            _isExamined = false;
        else foreach (var right in missing) Report($"{Name}: {right}");
    }

    /// <summary>Returns an address as operators write it.</summary>
    internal static string Text(EndPoint endpoint) => endpoint switch
    {
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endpoint.ToString()!,
    };
}
