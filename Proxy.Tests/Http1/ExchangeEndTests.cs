using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Http1;

namespace Proxy.Tests.Http1;

public sealed class ExchangeEndTests
{
    [TestCase(Failure.None, "ok")]
    [TestCase(Failure.OutOfConnections, "out_of_connections")]
    [TestCase(Failure.Stopped, "drained")]
    [TestCase(Failure.OutOfPorts, "out_of_connections")]
    [TestCase(Failure.HeadTooLarge, "bad_request")]
    public void Failure_HasItsWord(Failure failure, string word) =>
        Assert.That(Encoding.ASCII.GetString(ExchangeEnd.Of(new Exchange { Failure = failure })), Is.EqualTo(word));
}
