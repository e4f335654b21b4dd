using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls;

/// <summary>
/// The decrypted side of a connection. It keeps the contract of <see cref="Connection"/>, so that nothing above it
/// depends on TLS; completing its output sends close_notify and then half-closes.
/// </summary>
internal sealed class TlsConnection : Connection
{
    /// <summary>How long an orderly close waits for a peer that takes nothing any more.</summary>
    public static readonly TimeSpan CloseWaitMax = TimeSpan.FromSeconds(1);

    private readonly Connection _inner;
    private readonly Deadlines _deadlines;
    private readonly WireStream _wire;
    private readonly SslStream _tls;
    private readonly TlsReader _input;
    private readonly TlsWriter _output;
    private int _isClosed;
    private volatile bool _isAborted;
    private bool _isIncomplete;

    /// <summary>Takes ownership of a connection on which nothing has been consumed; a handshake must follow.</summary>
    public TlsConnection(Connection inner, Deadlines deadlines)
    {
        (_inner, _deadlines) = (inner, deadlines);
        _wire = new WireStream(inner.Input, inner.Output);
        _tls = new SslStream(_wire);
        _input = new TlsReader(_tls, _wire);
        _output = new TlsWriter(_tls, inner.Output);
        deadlines.Add(this);
    }

    public override PipeReader Input => _input;

    public override PipeWriter Output => _output;

    public override EndPoint PeerEndPoint => _inner.RemoteEndPoint;

    public override int LoopIndex => _inner.LoopIndex;

    public override bool IsOnLoop => _inner.IsOnLoop;

    public override bool WasReset => _inner.WasReset;

    public override bool HasReceivedFin => _inner.HasReceivedFin || _input.HasEnded;

    public override bool IsEncrypted => true;

    public override bool MayBeTruncated => _inner.MayBeTruncated;

    public override ReadOnlySpan<byte> TlsVersion => _tls.SslProtocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3"u8,
        SslProtocols.Tls12 => "TLSv1.2"u8,
        _ => "TLSv1"u8,    // 1.0 or 1.1, whose names .NET has marked obsolete
    };

    public override bool IsTlsResumed => _wire.IsResumed;

    /// <summary>The result of the handshake.</summary>
    public SslStream Session => _tls;

    /// <summary>Performs the handshake with a client; deadlines apply as to any read and write.</summary>
    public Task AuthenticateAsServerAsync(SslServerAuthenticationOptions options)
    {
        _wire.WatchHandshake();
        return _tls.AuthenticateAsServerAsync(options, CancellationToken.None);
    }

    /// <summary>Performs the handshake with a backend.</summary>
    public Task AuthenticateAsClientAsync(SslClientAuthenticationOptions options)
    {
        _input.NeedsEnd = true;
        return _tls.AuthenticateAsClientAsync(options, CancellationToken.None);
    }

    public override SendProgress SendProgress => _inner.SendProgress;

    public override PeerWatch? Watch
    {
        get => base.Watch;
        set
        {
            // The transport below notifies it of a loss, and this connection notifies it of the end of TLS.
            base.Watch = value;
            _inner.Watch = value;
        }
    }

    /// <inheritdoc/>
    public override void CheckForFin() => _input.CheckForFin();

    public override Task YieldAsync() => _inner.YieldAsync();

    /// <inheritdoc/>
    public override ValueTask EndIncompleteAsync()
    {
        _isIncomplete = true;
        return _inner.EndIncompleteAsync();
    }

    public override void Abort()
    {
        _isAborted = true;
        _inner.Abort();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1) return;
        _deadlines.Remove(this);
        if (_tls.IsAuthenticated && !_isAborted && !_isIncomplete)
        {
            _inner.WriteBy(_deadlines.In(CloseWaitMax));
            await _output.CompleteAsync();
        }

        await _input.StopAsync();
        await _inner.DisposeAsync();
        await _tls.DisposeAsync();
    }
}
