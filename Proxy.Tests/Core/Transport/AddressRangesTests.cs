using System.Net;
using System.Text;
using CsCheck;
using NUnit.Framework;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Tests.Core.Transport;

public sealed class AddressRangesTests
{
    private static readonly Gen<IPAddress> AnyAddress = Gen.OneOf(
        Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes)),
        Gen.Byte.Array[16].Select(bytes => new IPAddress(bytes)),
        Gen.Frequency((2, Gen.Const((byte)0)), (1, Gen.Byte)).Array[16].Select(bytes => new IPAddress(bytes)));

    [Test]
    public void AnyAddress_IsReadAsItIsWritten() => AnyAddress.Sample(
        address => TryRead(address.ToString(), out var number) && number == AddressNumber.Of(address));

    [TestCase("1.2.3.4", "::ffff:1.2.3.4")]
    [TestCase("::FFFF:102:304", "1.2.3.4")]
    [TestCase("2001:DB8::1", "2001:db8:0:0:0:0:0:1")]
    [TestCase("1::", "1:0:0:0:0:0:0:0")]
    [TestCase("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    public void Spellings_OfOneAddressAreTheSame(string one, string other)
    {
        Assert.That(TryRead(one, out var first) && TryRead(other, out var second) && first == second);
    }

    [TestCase("")]
    [TestCase("1.2.3")]
    [TestCase("1.2.3.4.5")]
    [TestCase("1.2.3.256")]
    [TestCase("1.2.3.04")]
    [TestCase("1.2.3.4 ")]
    [TestCase("1.2.3.")]
    [TestCase("0x1.2.3.4")]
    [TestCase("1.2.+3.4")]
    [TestCase("unknown")]
    [TestCase(":")]
    [TestCase(":::")]
    [TestCase("1:2:3:4:5:6:7")]
    [TestCase("1:2:3:4:5:6:7:8:9")]
    [TestCase("1:2:3:4::5:6:7:8")]
    [TestCase("1::2::3")]
    [TestCase("1:2:3:4:5:6:7:1.2.3.4")]
    [TestCase("12345::")]
    [TestCase("g::")]
    [TestCase("fe80::1%eth0")]
    [TestCase("[::1]")]
    [TestCase("1:2:3:4:5:6:7:")]
    public void WhatIsNoAddress_IsRefused(string text) => Assert.That(TryRead(text, out _), Is.False);

    [TestCase("10.0.0.0/8", "10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "11.0.0.0", false)]
    [TestCase("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    [TestCase("0.0.0.0/0", "255.1.2.3", true)]
    [TestCase("0.0.0.0/0", "::1", false)]
    [TestCase("::/0", "::1", true)]
    [TestCase("2001:db8::/33", "2001:db8:7fff::1", true)]
    [TestCase("2001:db8::/33", "2001:db8:8000::1", false)]
    [TestCase("192.0.2.1", "192.0.2.1", true)]
    [TestCase("192.0.2.1", "192.0.2.2", false)]
    [TestCase("::1,10.0.0.0/31", "10.0.0.1", true)]
    public void Range_HoldsItsAddresses(string ranges, string address, bool isIn) =>
        Assert.That(AddressRanges.Parse(ranges, out _)!.Contains(IPAddress.Parse(address)), Is.EqualTo(isIn));

    [TestCase("10.0.0.0/8,x", "x")]
    [TestCase("10.0.0.0/", "10.0.0.0/")]
    [TestCase("10.0.0.0/-1", "10.0.0.0/-1")]
    [TestCase("10.0.0.0/8/8", "10.0.0.0/8/8")]
    [TestCase("::/129", "::/129")]
    [TestCase("2001:db8::1/64", "2001:db8::1/64")]
    [TestCase("1.2.3.4/0", "1.2.3.4/0")]
    public void BadRange_IsNamed(string ranges, string fault)
    {
        Assert.That(AddressRanges.Parse(ranges, out var named), Is.Null);
        Assert.That(named, Is.EqualTo(fault));
    }

    private static bool TryRead(string text, out UInt128 number) =>
        AddressNumber.TryParse(Encoding.UTF8.GetBytes(text), out number);
}
