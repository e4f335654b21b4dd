using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Routing;

namespace Proxy.Tests.Core.Routing;

public class BackendTests
{
    [TestCase("http://1.2.3.4:80", "1.2.3.4:80")]
    [TestCase("HTTP://Name:80", "Name:80")]
    [TestCase("http://host", "host:80")]
    [TestCase("http://host:", "host:80")]
    [TestCase("http://host:80/base?x", "host:80")]
    [TestCase("http://host?x", "host:80")]
    [TestCase("http://host#x", "host:80")]
    [TestCase("http://user:pw@host:81", "host:81")]
    [TestCase("1.2.3.4:81", "1.2.3.4:81")]
    [TestCase("1.2.3.4", "1.2.3.4:80")]
    [TestCase("host:81", "host:81")]
    [TestCase("host:81/path", "host:81")]
    [TestCase("host", "host:80")]
    [TestCase("my_service-1.tsuru", "my_service-1.tsuru:80")]
    [TestCase("[::1]:81", "[::1]:81")]
    [TestCase("[::1]", "[::1]:80")]
    [TestCase("http://[::1]", "[::1]:80")]
    [TestCase("http://[fe80::1%25lo]:80", "[fe80::1%lo]:80")]
    [TestCase("http://h:65535", "h:65535")]
    public void UsableUrl_GivesItsAddress(string url, string address)
    {
        var backend = new Backend(url, 3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(backend.Fault, Is.EqualTo(Failure.None));
            Assert.That(backend.Address!.IsTls, Is.False);
            Assert.That(backend.Url, Is.EqualTo(url));
            Assert.That(backend.Index, Is.EqualTo(3));
        }
        var ip = backend.Address.Ip?.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6
            ? $"[{backend.Address.Host.Replace("%25", "%", StringComparison.Ordinal)}]:{backend.Address.Port}"
            : backend.Address.ToString();
        Assert.That(ip, Is.EqualTo(address));
    }

    [TestCase("https://host", 443)]
    [TestCase("HTTPS://host:8443/x", 8443)]
    public void HttpsUrl_IsTls(string url, int port)
    {
        var address = new Backend(url, 0).Address!;
        Assert.That((address.Host, address.Port, address.IsTls), Is.EqualTo(("host", port, true)));
    }

    [TestCase("", Failure.NoRoute)]
    [TestCase("//host:80", Failure.NoRoute)]
    [TestCase("/path", Failure.NoRoute)]
    [TestCase("http://", Failure.NoRoute)]
    [TestCase("http:///path", Failure.NoRoute)]
    [TestCase(":80", Failure.NoRoute)]
    [TestCase("ftp://host", Failure.BackendSchemeUnsupported)]
    [TestCase("ws://host", Failure.BackendSchemeUnsupported)]
    [TestCase("http://host:0", Failure.BackendUnreachable)]
    [TestCase("http://host:65536", Failure.BackendUnreachable)]
    [TestCase("http://host:99999999999", Failure.BackendUnreachable)]
    [TestCase("http://host:http", Failure.BackendUnreachable)]
    [TestCase("http://host:-1", Failure.BackendUnreachable)]
    [TestCase("http://host: 80", Failure.BackendUnreachable)]
    [TestCase("::1", Failure.NoRoute)]
    [TestCase("fe80::1:80", Failure.BackendUnreachable)]
    [TestCase("[::1", Failure.BackendUnreachable)]
    [TestCase("[::1]80", Failure.BackendUnreachable)]
    [TestCase("http://[host]:80", Failure.BackendUnreachable)]
    [TestCase(" http://1.2.3.4:80", Failure.BackendUnreachable)]
    [TestCase("http://ho st:80", Failure.BackendUnreachable)]
    [TestCase("http://host\r\n:80", Failure.BackendUnreachable)]
    public void UnusableUrl_NamesItsFault(string url, Failure fault)
    {
        var backend = new Backend(url, 0);
        Assert.That((backend.Fault, backend.Address), Is.EqualTo((fault, (BackendAddress?)null)));
    }

    [TestCase("http://1.2.3.4:80", true)]
    [TestCase("http://[::1]", true)]
    [TestCase("[::1]:80", true)]
    [TestCase("http://1.2.3", false)]
    [TestCase("http://010.1.1.1", false)]
    [TestCase("http://1.2.3.256", false)]
    [TestCase("http://localhost", false)]
    [TestCase("http://0x7f.0.0.1", false)]
    public void IpLiteral_IsToldFromName(string url, bool isIp) =>
        Assert.That(new Backend(url, 0).Address!.Ip is not null, Is.EqualTo(isIp));

    [Test]
    public void SecondIdentifier_IsNoBackend()
    {
        Assert.That(new Backend("myapp", 0, "myapp").Fault, Is.EqualTo(Failure.NoRoute));
        Assert.That(new Backend("myapp:80", 0, "myapp:80").Fault, Is.EqualTo(Failure.None));
    }
}
