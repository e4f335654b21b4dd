using NUnit.Framework;
using Proxy.Host.Service;
using Proxy.Host.Wiring;

namespace Proxy.Tests.Host.Service;

public sealed class InheritedSocketsTests
{
    [TestCase("1", "http", true, new[] { 3 }, new int[0])]
    [TestCase("2", "https:http", true, new[] { 4 }, new[] { 3 })]
    [TestCase("3", "http:http:https", true, new[] { 3, 4 }, new[] { 5 })]
    [TestCase("2", "", true, new[] { 3 }, new[] { 4 })]
    [TestCase("2", "planb.socket:planb.socket", true, new[] { 3 }, new[] { 4 })]
    [TestCase("1", "unknown", false, new int[0], new[] { 3 })]
    [TestCase("0", "", true, new int[0], new int[0])]
    public void Sockets_AreDealtOutByNameElseInOrder(string count, string names, bool hasPlain, int[] http, int[] https)
    {
        var dealt = InheritedSockets.Read(count, names, hasPlain);
        Assert.That(dealt.Http, Is.EqualTo(http));
        Assert.That(dealt.Https, Is.EqualTo(https));
    }

    [TestCase("many", "")]
    [TestCase("-1", "")]
    [TestCase("65", "")]
    [TestCase("2", "http")]
    [TestCase("2", "http:other")]
    public void WhatIsNotToBeUnderstood_IsRefused(string count, string names) =>
        Assert.That(() => InheritedSockets.Read(count, names, hasPlain: true), Throws.TypeOf<StartFailure>());
}
