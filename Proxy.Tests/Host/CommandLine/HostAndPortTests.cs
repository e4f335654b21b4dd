using System.Net;
using System.Net.Sockets;
using CsCheck;
using NUnit.Framework;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.CommandLine;

public class HostAndPortTests
{
    [TestCase("127.0.0.1:8989", "127.0.0.1", 8989)]
    [TestCase("10.0.0.1:0", "10.0.0.1", 0)]
    [TestCase("[::1]:8989", "::1", 8989)]
    [TestCase("[2001:db8::1]:65535", "2001:db8::1", 65535)]
    public void AddressWithPort_IsListenedOn(string text, string address, int port)
    {
        Assert.That(HostAndPort.TryListenOn(text, out var endpoint), Is.True);
        Assert.That(endpoint, Is.EqualTo(new IPEndPoint(IPAddress.Parse(address), port)));
    }

    [TestCase("localhost:80")]
    [TestCase("www.example.com:80")]
    public void NameWithPort_IsListenedOn(string text)
    {
        Assert.That(HostAndPort.TryListenOn(text, out var endpoint), Is.True);
        Assert.That(endpoint, Is.EqualTo(new DnsEndPoint(text.Split(':')[0], 80)));
    }

    [TestCase(":8989")]
    [TestCase("0.0.0.0:8989")]
    [TestCase("[::]:8989")]
    public void NoParticularAddress_IsEveryAddressOfBothFamilies(string text)
    {
        Assume.That(Socket.OSSupportsIPv6);
        Assert.That(HostAndPort.TryListenOn(text, out var endpoint), Is.True);
        Assert.That(endpoint, Is.EqualTo(new IPEndPoint(IPAddress.IPv6Any, 8989)));
    }

    [TestCase("")]
    [TestCase(":")]
    [TestCase("8989")]
    [TestCase("localhost")]
    [TestCase("localhost:")]
    [TestCase("localhost:http")]
    [TestCase("localhost:65536")]
    [TestCase("localhost:-1")]
    [TestCase("localhost:+1")]
    [TestCase("localhost: 1")]
    [TestCase("localhost:99999999999")]
    [TestCase("::1:8989")]
    [TestCase("::1")]
    [TestCase("[::1]")]
    [TestCase("[::1:80")]
    [TestCase("[]:80")]
    [TestCase("[127.0.0.1]:80")]
    [TestCase("[localhost]:80")]
    [TestCase("http://localhost:80")]
    [TestCase("local host:80")]
    [TestCase("/run/planb.sock")]
    public void WhatIsNoAddress_IsRefused(string text) =>
        Assert.That(HostAndPort.TryListenOn(text, out _), Is.False);

    [TestCase(254, true)]
    [TestCase(255, false)]
    [TestCase(70_000, false)]
    public void NameThatIsTooLong_IsRefused(int length, bool expected) =>
        Assert.That(HostAndPort.TryListenOn(new string('a', length) + ":80", out _), Is.EqualTo(expected));

    [TestCase("10.0.0.1:26379", "10.0.0.1", 26379)]
    [TestCase("sentinel-1:26379", "sentinel-1", 26379)]
    [TestCase("[::1]:26379", "::1", 26379)]
    public void AddressToConnectTo_IsRead(string text, string host, int port)
    {
        Assert.That(HostAndPort.TryConnectTo(text, out var endpoint), Is.True);
        Assert.That(endpoint, Is.EqualTo(new DnsEndPoint(host, port)));
    }

    [TestCase(":26379")]
    [TestCase("sentinel:0")]
    [TestCase("sentinel")]
    public void AddressToConnectTo_NeedsHostAndPort(string text) =>
        Assert.That(HostAndPort.TryConnectTo(text, out _), Is.False);

    [Test]
    public void AnyText_IsReadOrRefused() =>
        Gen.String.Sample(text =>
        {
            _ = HostAndPort.TryListenOn(text, out _);
            _ = HostAndPort.TryConnectTo(text + ":1", out _);
        });
}
