using System.Net.Security;
using System.Security.Authentication;
using NUnit.Framework;
using Proxy.Core.Tls;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>close_notify is never sent while a session is in use by a read: that would corrupt memory.</summary>
[TestFixture(SslProtocols.Tls12)]
[TestFixture(SslProtocols.Tls13)]
public sealed class SessionEndTests(SslProtocols version)
{
    // It could only be too short for a fault to be seen.
    private static readonly TimeSpan ALittle = TimeSpan.FromMilliseconds(100);

    private TestAuthority _authority = null!;
    private ScriptedBackend _listener = null!;
    private TlsPeer _client = null!;
    private TlsPeer _server = null!;

    [SetUp]
    public async Task ConnectAsync()
    {
        _authority = new TestAuthority();
        _listener = new ScriptedBackend();
        var connecting = TlsPeer.ConnectAsync(_listener.Port, "a.com", version);
        _server = await TlsPeer.AcceptAsync(await _listener.AcceptAsync(), _authority.Issue("a.com"));
        _client = await connecting;
    }

    [TearDown]
    public void Close()
    {
        _client.Dispose();
        _server.Dispose();
        _listener.Dispose();
        _authority.Dispose();
    }

    [Test]
    public async Task EndOfTheSession_WaitsForARecordThatIsBeingDecrypted()
    {
        Task? ending = null;
        await WhileLockedAsync(_client.Stream, () => ending = Task.Run(() => SessionEnd.SendAsync(_client.Stream)));
        await ending!.WaitAsync(Peer.Patience);
        Assert.That(await _server.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Record_WaitsForTheEndOfTheSession()
    {
        Task<string>? reading = null;
        await _server.SendAsync("x");
        await WhileLockedAsync(_client.Stream, () => reading = Task.Run(() => _client.ReadAsync(1)));
        Assert.That(await reading!.WaitAsync(Peer.Patience), Is.EqualTo("x"));
    }

    // What the action starts must not be over as long as the lock is held.
    private static Task WhileLockedAsync(SslStream session, Func<Task> start) => Task.Run(() =>
    {
        Task started;
        lock (SessionEnd.LockOf(session))
        {
            started = start();
            Assert.That(started.Wait(ALittle), Is.False);
        }
    });
}
