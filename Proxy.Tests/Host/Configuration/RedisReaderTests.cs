using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Redis.Connections;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.Configuration;

[TestFixture("read")]
[TestFixture("write")]
public class RedisReaderTests(string role)
{
    [Test]
    public void NothingTyped_IsTheRedisOfThisMachine()
    {
        var redis = Read();
        Assert.That(redis.Role, Is.EqualTo(role));
        Assert.That(redis.Address, Is.EqualTo(new IPEndPoint(IPAddress.Loopback, 6379)));
        Assert.That(redis.Sentinels, Is.Empty);
        Assert.That(redis.Login, Is.EqualTo(RedisLogin.None));
        Assert.That(redis.Database, Is.Zero);
    }

    [Test]
    public void EmptyHostAndPortZero_AreTheDefaults() =>
        Assert.That(Read("host=", "port=0").Address, Is.EqualTo(new IPEndPoint(IPAddress.Loopback, 6379)));

    [Test]
    public void NameAndPort_AreAnAddress() =>
        Assert.That(Read("host=redis.local", "port=7000").Address, Is.EqualTo(new DnsEndPoint("redis.local", 7000)));

    [TestCase("::1")]
    [TestCase("[::1]")]
    public void Ipv6Address_NeedsNoBrackets(string host) =>
        Assert.That(Read("host=" + host).Address, Is.EqualTo(new IPEndPoint(IPAddress.IPv6Loopback, 6379)));

    [Test]
    public void PasswordAndDatabase_AreTakenAsTyped()
    {
        var redis = Read("password= a=b \"c\" ", "db=3");
        Assert.That(redis.Login.Password, Is.EqualTo(" a=b \"c\" "));
        Assert.That(redis.Database, Is.EqualTo(3));
    }

    [Test]
    public void HostOfUnixNetwork_IsThePathOfASocket()
    {
        var address = Read("network=unix", "host=/run/redis.sock").Address;
        Assert.That(address.AddressFamily, Is.EqualTo(AddressFamily.Unix));
        Assert.That(address.ToString(), Is.EqualTo("/run/redis.sock"));
    }

    [TestCase("network=unix", "host=")]
    [TestCase("network=unix", "host=127.0.0.1")]
    [TestCase("network=unix")]
    [TestCase("network=unix", "host=/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789" +
        "/0123456789/0123456789/0123456789/0123456789")]
    [TestCase("host=redis:6379")]
    [TestCase("host=/run/redis.sock")]
    [TestCase("host=two words")]
    public void HostThatCannotBe_IsRefused(params string[] typed) =>
        Assert.That(Refusal(typed), Does.Contain($"--{role}-redis-host: must be"));

    [TestCase("network=udp", "must be tcp or unix")]
    [TestCase("port=65536", "must be a whole number from 0 to 65535")]
    [TestCase("port=-1", "must be a whole number from 0 to 65535")]
    [TestCase("db=-1", "must be a whole number, 0 or more")]
    public void ValueOutOfRange_IsRefused(string typed, string complaint) =>
        Assert.That(Refusal(typed), Does.Contain(complaint));

    [Test]
    public void Sentinels_ReplaceTheAddress()
    {
        var redis = Read("sentinel-addrs= a:26379 , 10.0.0.1:26380,[::1]:26381", "sentinel-name=main", "host=not used");
        Assert.That(redis.SentinelName, Is.EqualTo("main"));
        Assert.That(redis.Sentinels, Is.EqualTo([
            new DnsEndPoint("a", 26379), new DnsEndPoint("10.0.0.1", 26380), new DnsEndPoint("::1", 26381)]));
    }

    [Test]
    public void SentinelsWithoutName_AreRefused() =>
        Assert.That(
            Refusal("sentinel-addrs=a:1"),
            Does.Contain($"--{role}-redis-sentinel-name").And.Contain("redis sentinel name cannot be empty"));

    [TestCase(",")]
    [TestCase("a:1,,b:2")]
    [TestCase("a:1, ")]
    [TestCase(" ")]
    public void EmptySentinel_IsRefused(string addrs) =>
        Assert.That(
            Refusal("sentinel-name=main", "sentinel-addrs=" + addrs),
            Does.Contain($"--{role}-redis-sentinel-addrs").And.Contain("redis sentinel addrs cannot be empty"));

    [TestCase("a")]
    [TestCase("a:1,b:x")]
    [TestCase("a:1 b:2")]
    public void SentinelThatIsNoAddress_IsRefused(string addrs) =>
        Assert.That(
            Refusal("sentinel-name=main", "sentinel-addrs=" + addrs),
            Does.Contain($"--{role}-redis-sentinel-addrs: must be HOST:PORT,HOST:PORT,..., which"));

    private RedisEndpoint Read(params string[] typed)
    {
        var settings = Invocation.Read(Words(typed)).Settings;
        Assert.That(settings, Is.Not.Null);
        return role == "read" ? settings.ReadRedis : settings.WriteRedis;
    }

    private string Refusal(params string[] typed)
    {
        var invocation = Invocation.Read(Words(typed));
        Assert.That(invocation.Settings, Is.Null);
        return invocation.Errors;
    }

    private string[] Words(string[] typed) => [.. typed.Select(word => $"--{role}-redis-{word}")];
}
