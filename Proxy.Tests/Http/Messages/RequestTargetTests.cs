using System.Text;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http.Messages;

/// <summary>RFC 9112 §3.2: four forms, each for the methods it is meant for.</summary>
internal sealed class RequestTargetTests
{
    [TestCase("GET", "/", TargetForm.Origin, "/", "h")]
    [TestCase("GET", "/a/../b//c?d", TargetForm.Origin, "/a/../b//c?d", "h")]
    [TestCase("GET", "//evil/x", TargetForm.Origin, "//evil/x", "h")]
    [TestCase("GET", "/http://x/", TargetForm.Origin, "/http://x/", "h")]
    [TestCase("GET", "/?", TargetForm.Origin, "/?", "h")]
    [TestCase("GET", "/%00%0d%0a", TargetForm.Origin, "/%00%0d%0a", "h")]
    [TestCase("OPTIONS", "/a", TargetForm.Origin, "/a", "h")]
    [TestCase("GET", "http://a.com/b?c", TargetForm.Absolute, "/b?c", "a.com")]
    [TestCase("GET", "http://a.com", TargetForm.Absolute, "", "a.com")]
    [TestCase("GET", "http://a.com?q", TargetForm.Absolute, "?q", "a.com")]
    [TestCase("GET", "http://a.com:81/", TargetForm.Absolute, "/", "a.com:81")]
    [TestCase("GET", "https://a.com/", TargetForm.Absolute, "/", "a.com")]
    [TestCase("GET", "HTTP://A.com/", TargetForm.Absolute, "/", "A.com")]
    [TestCase("GET", "http://[::1]:8/x", TargetForm.Absolute, "/x", "[::1]:8")]
    [TestCase("OPTIONS", "http://a.com", TargetForm.Absolute, "", "a.com")]
    [TestCase("OPTIONS", "*", TargetForm.Asterisk, "*", "h")]
    [TestCase("CONNECT", "a.com:443", TargetForm.Authority, "a.com:443", "h")]
    public void Target_HasItsForm(string method, string target, TargetForm form, string path, string host)
    {
        var head = new RequestHead();
        var rejection = Read(method, target, head);
        Assert.Multiple(() =>
        {
            Assert.That(rejection, Is.EqualTo(Rejection.None));
            Assert.That(head.Form, Is.EqualTo(form));
            Assert.That(Parsed.Text(head, head.PathAndQuery), Is.EqualTo(path));
            Assert.That(Parsed.Text(head, head.Host), Is.EqualTo(host));
        });
    }

    [TestCase("GET", "*")]
    [TestCase("get", "*")]
    [TestCase("options", "*")]
    [TestCase("OPTIONS", "**")]
    [TestCase("OPTIONS", "*/")]
    [TestCase("GET", "a")]
    [TestCase("GET", "a.com:80")]
    [TestCase("GET", "?a")]
    [TestCase("GET", "\\")]
    [TestCase("GET", "http:/a.com/")]
    [TestCase("GET", "http:a.com/")]
    [TestCase("GET", "http:///")]
    [TestCase("GET", "http://")]
    [TestCase("GET", "http://?a")]
    [TestCase("GET", "http://:80/")]
    [TestCase("GET", "ftp://a.com/")]
    [TestCase("GET", "ws://a.com/")]
    [TestCase("GET", "file:///etc/passwd")]
    [TestCase("GET", "httpx://a.com/")]
    [TestCase("GET", "http://user@a.com/")]
    [TestCase("GET", "http://user:pw@a.com/")]
    [TestCase("GET", "http://a.com:80:80/")]
    [TestCase("GET", "http://a.com:x/")]
    [TestCase("GET", "http://a.com\\@b.com/")]
    [TestCase("GET", "http://[::1/")]
    [TestCase("CONNECT", "/")]
    [TestCase("CONNECT", "http://a.com/")]
    [TestCase("CONNECT", "user@a.com:443")]
    public void TargetThatFitsNoForm_IsRefused(string method, string target) =>
        Assert.That(Read(method, target, new RequestHead()), Is.EqualTo(Rejection.BadTarget));

    [TestCase("GET", "/a#b")]
    [TestCase("GET", "#")]
    [TestCase("GET", "/#")]
    [TestCase("GET", "http://a.com#b")]
    [TestCase("GET", "http://a.com/#b")]
    [TestCase("GET", "http://a.com?#b")]
    public void Fragment_IsRefused(string method, string target) =>
        Assert.That(Read(method, target, new RequestHead()), Is.EqualTo(Rejection.BadStartLine));

    [Test]
    public void Path_IsTheTargetWithoutQuery()
    {
        Assert.Multiple(() =>
        {
            Assert.That(PathOf("/a/b?c?d"), Is.EqualTo("/a/b"));
            Assert.That(PathOf("/"), Is.EqualTo("/"));
            Assert.That(PathOf("http://a.com?x"), Is.EqualTo("/"));
            Assert.That(PathOf("http://a.com"), Is.EqualTo("/"));
            Assert.That(PathOf("http://a.com/x?y"), Is.EqualTo("/x"));
        });
    }

    private static string PathOf(string target)
    {
        var head = new RequestHead();
        Assert.That(Read("GET", target, head), Is.EqualTo(Rejection.None));
        return Encoding.Latin1.GetString(head.Path);
    }

    private static Rejection Read(string method, string target, RequestHead head)
    {
        var bytes = Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n");
        return RequestParser.TryRead(Segments.Whole(bytes), head, out _);
    }
}
