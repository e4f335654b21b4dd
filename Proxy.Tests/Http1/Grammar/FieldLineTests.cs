using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>RFC 9112 §5 and RFC 9110 §5: field lines, and the options of Connection.</summary>
internal sealed class FieldLineTests
{
    [TestCase("A: b", "A=b")]
    [TestCase("A:b", "A=b")]
    [TestCase("A:", "A=")]
    [TestCase("A: \t ", "A=")]
    [TestCase("A:\t b\tc  d \t", "A=b\tc  d")]
    [TestCase("A: b:c", "A=b:c")]
    [TestCase("A: \u0080\u00ff", "A=\u0080\u00ff")]
    [TestCase("!#$%&'*+-.^_`|~09azAZ: b", "!#$%&'*+-.^_`|~09azAZ=b")]
    [TestCase("set-COOKIE: a=b", "set-COOKIE=a=b")]
    public void ValidLine_IsRead(string line, string expected) =>
        Assert.That(Read(line).Meaning, Does.EndWith($"Host=a\n{expected}\n"));

    [TestCase("A")]
    [TestCase(": b")]
    [TestCase(":")]
    [TestCase("A : b")]
    [TestCase("A\t: b")]
    [TestCase(" A: b")]
    [TestCase("\tA: b")]
    [TestCase("A B: c")]
    [TestCase("A;: b")]
    [TestCase("A(: b")]
    [TestCase("A\u00e9: b")]
    [TestCase("A\0: b")]
    [TestCase("\0: b")]
    [TestCase("\"A\": b")]
    [TestCase("A: b\r\n c")]
    [TestCase("A: b\r\n\tc")]
    [TestCase("A: b\r\n ")]
    [TestCase("A:\r\n b")]
    [TestCase("A: b\0c")]
    [TestCase("A: b\rc")]
    [TestCase("A: b\nc")]
    [TestCase("A: b\r")]
    [TestCase("A: b\u007f")]
    [TestCase("A: b\u001b[0m")]
    [TestCase("A: b\r\r")]
    [TestCase("A\r: b")]
    [TestCase("A\n: b")]
    [TestCase("GET / HTTP/1.1")]
    public void MalformedLine_IsRefused(string line) => Assert.Multiple(() =>
    {
        Assert.That(Read(line).Rejection, Is.EqualTo(Rejection.BadField));
        Assert.That(Read(line + "\r\nC: d").Rejection, Is.EqualTo(Rejection.BadField));
    });

    [TestCase(" A: b")]
    [TestCase("\tA: b")]
    [TestCase(" Host: b")]
    [TestCase(" ")]
    public void WhiteSpaceBeforeTheFirstField_IsRefused(string line) => Assert.Multiple(() =>
    {
        var request = $"GET / HTTP/1.1\r\n{line}\r\nHost: a\r\n\r\n";
        var response = $"HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 0\r\n\r\n";
        Assert.That(Parsed.OfRequest(request).Rejection, Is.EqualTo(Rejection.BadField));
        Assert.That(Parsed.OfResponse(response).Rejection, Is.EqualTo(Rejection.BadField));
    });

    [Test]
    public void FieldsOfOneName_StayApartAndInOrder() =>
        Assert.That(Read("A: 1\r\nB: 2\r\na: 3").Meaning, Does.EndWith("A=1\nB=2\na=3\n"));

    [TestCase("Connection: close", false)]
    [TestCase("Connection: CLOSE", false)]
    [TestCase("connection:\tkeep-alive ,\tclose\t", false)]
    [TestCase("Connection: , ,close,", false)]
    [TestCase("Connection: keep-alive\r\nConnection: close", false)]
    [TestCase("Connection: keep-alive", true)]
    [TestCase("Connection: closed", true)]
    [TestCase("Connection: close x", true)]
    [TestCase("Connection: \"close\"", true)]
    [TestCase("Connection:", true)]
    [TestCase("Proxy-Connection: close", true)]
    public void Close_IsFoundInAnySpelling(string fields, bool isPersistent) =>
        Assert.That(Read(fields).Meaning, Does.Contain($"persistent {isPersistent}"));

    [TestCase("", false)]
    [TestCase("Connection: keep-alive\r\n", true)]
    [TestCase("Connection: Keep-Alive, close\r\n", false)]
    [TestCase("Keep-Alive: 5\r\n", false)]
    public void OldVersion_PersistsOnlyIfAsked(string fields, bool isPersistent) => Assert.That(
        Parsed.OfRequest($"GET / HTTP/1.0\r\n{fields}\r\n").Meaning, Does.Contain($"persistent {isPersistent}"));

    [TestCase("X-A")]
    [TestCase("x-a")]
    [TestCase("close, X-A")]
    [TestCase(",,\tX-A\t,")]
    [TestCase("y\r\nConnection: x-A")]
    public void NamedField_BelongsToTheConnection(string options) => Assert.That(
        Read($"X-A: 1\r\nConnection: {options}\r\nX-AB: 2\r\nx-a: 3").Meaning,
        Does.Contain("!X-A=1").And.Contain("!x-a=3").And.Contain("\nX-AB=2"));

    [Test]
    public void OptionsOfConnection_AreBounded()
    {
        var options = string.Join(",", Enumerable.Range(0, Head.ConnectionOptionsMax).Select(i => $"o{i}"));
        Assert.Multiple(() =>
        {
            Assert.That(Read($"Connection: {options}").IsAccepted);
            Assert.That(Read($"Connection: {options},").IsAccepted);
            Assert.That(Read($"Connection: {options},x").Rejection, Is.EqualTo(Rejection.BadField));
            Assert.That(Read($"Connection: {options}\r\nConnection: x").Rejection, Is.EqualTo(Rejection.BadField));
        });
    }

    private static Parsed Read(string lines) => Parsed.OfRequest($"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");
}
