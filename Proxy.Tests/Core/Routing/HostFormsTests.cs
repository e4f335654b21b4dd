using System.Text;
using NUnit.Framework;
using Proxy.Core.Routing;

namespace Proxy.Tests.Core.Routing;

public class HostFormsTests
{
    [TestCase("foo", "foo *")]
    [TestCase("a.com", "a.com *.com *")]
    [TestCase("a.b.c.d", "a.b.c.d *.b.c.d *.c.d *.d *")]
    [TestCase("a.com:80", "a.com:80 a.com *.com *")]
    [TestCase("a.com:abc", "a.com:abc a.com *.com *")]
    [TestCase("A.Com", "A.Com a.com *.com *")]
    [TestCase("A.com:80", "A.com:80 A.com a.com:80 a.com *.com *")]
    [TestCase("a.com.", "a.com. a.com *.com *")]
    [TestCase("a.com.:80", "a.com.:80 a.com. a.com:80 a.com *.com *")]
    [TestCase("[::1]:80", "[::1]:80 ::1 [::1] *")]
    [TestCase("[::1]:", "[::1]: ::1 [::1] *")]
    [TestCase("[::1]", "[::1] ::1 *")]
    [TestCase("[2001:db8::7]:8989", "[2001:db8::7]:8989 2001:db8::7 [2001:db8::7] *")]
    [TestCase("[2001:DB8::A]", "[2001:DB8::A] 2001:DB8::A [2001:db8::a] 2001:db8::a *")]
    [TestCase("[2001:DB8::A]:80",
        "[2001:DB8::A]:80 2001:DB8::A [2001:DB8::A] [2001:db8::a]:80 2001:db8::a [2001:db8::a] *")]
    [TestCase("[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]:80 ::ffff:1.2.3.4 [::ffff:1.2.3.4] *")]
    [TestCase("::1", "::1 *")]
    [TestCase("1.2.3.4:80", "1.2.3.4:80 1.2.3.4 *.2.3.4 *.3.4 *.4 *")]
    [TestCase("too.deep.quuux.foo.bar.baz.qux.quux",
        "too.deep.quuux.foo.bar.baz.qux.quux *.foo.bar.baz.qux.quux *.bar.baz.qux.quux *.baz.qux.quux *.qux.quux"
        + " *.quux *")]
    public void Host_HasItsNamesBestFirst(string host, string names) =>
        Assert.That(string.Join(' ', HostForms.Of(Encoding.Latin1.GetBytes(host))), Is.EqualTo(names));

    [Test]
    public void EmptyHost_IsLookedUpAsIs() => Assert.That(HostForms.Of([])[0], Is.Empty);

    [Test]
    public void AnyHost_HasABoundedNumberOfNames()
    {
        var host = string.Join('.', Enumerable.Repeat("A", 200)) + ".:80";
        Assert.That(HostForms.Of(Encoding.Latin1.GetBytes(host)), Has.Length.EqualTo(HostForms.CountMax));
    }
}
