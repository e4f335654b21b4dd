using NUnit.Framework;
using Proxy.Host.Demo;

namespace Proxy.Tests.Host.Demo;

public sealed class DemoBackendTests
{
    [Test]
    public async Task RequestsOfOneConnection_AreToldApart()
    {
        await using var backend = DemoBackend.Start(2, 3, 0);
        using var http = new HttpClient();
        var counted = new ByteArrayContent(new byte[100_000]);
        var chunked = new StreamContent(new MemoryStream(new byte[70_000]));
        using var request = new HttpRequestMessage(HttpMethod.Post, backend.Url) { Content = chunked };
        request.Headers.TransferEncodingChunked = true;

        using var first = await http.PostAsync(new Uri(backend.Url), counted);
        using var second = await http.SendAsync(request);
        var third = await http.GetStringAsync(new Uri(backend.Url + "/where?are=you"));

        Assert.Multiple(async () =>
        {
            Assert.That(await first.Content.ReadAsStringAsync(), Does.Contain("body             100000 bytes"));
            Assert.That(await second.Content.ReadAsStringAsync(), Does.Contain("body             70000 bytes"));
            Assert.That(third, Does.StartWith($"I am backend 2 of 3 ({backend.Url})\n"));
            Assert.That(third, Does.Contain("GET /where?are=you"));
        });
    }

    [Test]
    public async Task TakenPort_IsReplacedByAFreeOne()
    {
        await using var first = DemoBackend.Start(1, 2, 0);
        await using var second = DemoBackend.Start(2, 2, new Uri(first.Url).Port);
        Assert.That(second.Url, Is.Not.EqualTo(first.Url));
    }
}
