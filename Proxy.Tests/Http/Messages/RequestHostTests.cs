using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http.Messages;

/// <summary>RFC 9112 §3.2 and RFC 3986 §3.2.2: one Host, and one reading of it.</summary>
internal sealed class RequestHostTests
{
    [TestCase("")]
    [TestCase("a")]
    [TestCase("A.Com")]
    [TestCase("a.com.")]
    [TestCase("a.com:80")]
    [TestCase("a.com:65535")]
    [TestCase("a.com:")]
    [TestCase("a.com:00080")]
    [TestCase("a_b-c.com")]
    [TestCase("127.0.0.1:1")]
    [TestCase("%41.com")]
    [TestCase("a!$&'()*+,;=~.com")]
    [TestCase("__ping__")]
    [TestCase("[::1]")]
    [TestCase("[::1]:80")]
    [TestCase("[::]")]
    [TestCase("[2001:DB8::ff:1]:8080")]
    [TestCase("[::ffff:1.2.3.4]")]
    [TestCase("[1:2:3:4:5:6:7:8]")]
    public void ValidHost_IsAccepted(string host) => Assert.That(Read($"Host: {host}").IsAccepted);

    [TestCase("a.com:x")]
    [TestCase("a.com:-1")]
    [TestCase("a.com:+1")]
    [TestCase("a.com:8 0")]
    [TestCase("a.com:80:80")]
    [TestCase("a.com::80")]
    [TestCase("a.com:000080")]
    [TestCase("a.com:0x50")]
    [TestCase("a.com:\u0661")]
    [TestCase(":")]
    [TestCase(":80")]
    [TestCase("a b")]
    [TestCase("a\tb")]
    [TestCase("a@b")]
    [TestCase("a:b@c:1")]
    [TestCase("http://a")]
    [TestCase("a/b")]
    [TestCase("a?b")]
    [TestCase("a#b")]
    [TestCase("a\\b")]
    [TestCase("\"a\"")]
    [TestCase("<a>")]
    [TestCase("a%")]
    [TestCase("a%4")]
    [TestCase("a%4g")]
    [TestCase("a%%41")]
    [TestCase("a.com\u00e9")]
    [TestCase("\u0080")]
    [TestCase("::1")]
    [TestCase("[::1")]
    [TestCase("::1]")]
    [TestCase("[]")]
    [TestCase("[::1]a")]
    [TestCase("a[::1]")]
    [TestCase("[::1]80")]
    [TestCase("[::1]:80:80")]
    [TestCase("[::1]:x")]
    [TestCase("[[::1]]")]
    [TestCase("[::1%eth0]")]
    [TestCase("[::1%25eth0]")]
    [TestCase("[::1/64]")]
    [TestCase("[ ::1]")]
    [TestCase("[::1 ]")]
    [TestCase("[1.2.3.4]")]
    [TestCase("[1]")]
    [TestCase("[0x7f.1]")]
    [TestCase("[a.com]")]
    [TestCase("[:::1]")]
    [TestCase("[1::2::3]")]
    [TestCase("[12345::1]")]
    [TestCase("[::1.2.3]")]
    [TestCase("[::1.2.3.256]")]
    [TestCase("[1:2:3:4:5:6:7]")]
    [TestCase("[1:2:3:4:5:6:7:8:9]")]
    [TestCase("[v1.x]")]
    public void InvalidHost_IsRefused(string host) =>
        Assert.That(Read($"Host: {host}").Rejection, Is.EqualTo(Rejection.BadHost));

    [TestCase("A: b")]
    [TestCase("Hos: a")]
    [TestCase("Hostt: a")]
    [TestCase("X-Host: a")]
    [TestCase("Host_: a")]
    public void MissingHost_IsRefused(string field) =>
        Assert.That(Read(field).Rejection, Is.EqualTo(Rejection.BadHost));

    [TestCase("Host: a\r\nHost: a")]
    [TestCase("Host: a\r\nHost: b")]
    [TestCase("Host: a\r\nB: c\r\nHOST: a")]
    [TestCase("host: a\r\nhOsT:")]
    [TestCase("Host:\r\nHost: a")]
    public void DoubledHost_IsRefused(string fields) => Assert.Multiple(() =>
    {
        Assert.That(Read(fields).Rejection, Is.EqualTo(Rejection.BadHost));
        Assert.That(Parsed.OfRequest($"GET / HTTP/1.0\r\n{fields}\r\n\r\n").Rejection, Is.EqualTo(Rejection.BadHost));
    });

    [TestCase("Host:a.com")]
    [TestCase("HOST: a.com")]
    [TestCase("host:\t a.com \t")]
    public void Host_IsFoundInAnySpelling(string field) =>
        Assert.That(Read(field).Meaning, Does.Contain("host a.com "));

    [Test]
    public void OldVersionWithoutHost_IsAccepted() =>
        Assert.That(Parsed.OfRequest("GET / HTTP/1.0\r\n\r\n").Meaning, Does.Contain("host  "));

    [Test]
    public void AuthorityOfTarget_WinsOverHost()
    {
        var reading = Parsed.OfRequest("GET http://a.com:1/ HTTP/1.1\r\nHost: b.com\r\n\r\n");
        Assert.That(reading.Meaning, Does.Contain("host a.com:1 "));
    }

    [TestCase("Host: b@c")]
    [TestCase("Host: b\r\nHost: b")]
    [TestCase("A: b")]
    public void BadHostBesideAbsoluteTarget_IsRefused(string fields) => Assert.That(
        Parsed.OfRequest($"GET http://a.com/ HTTP/1.1\r\n{fields}\r\n\r\n").Rejection, Is.EqualTo(Rejection.BadHost));

    private static Parsed Read(string fields) => Parsed.OfRequest($"GET / HTTP/1.1\r\n{fields}\r\n\r\n");
}
