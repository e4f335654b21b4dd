using System.Collections.Concurrent;
using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Files;
using Proxy.Core.Routing.Table;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>Routes from a file, without any Redis.</summary>
public class FileRoutesTests
{
    private readonly ConcurrentQueue<string> _errors = new();
    private string _path = "";
    private FileRoutes _routes = null!;
    private Router _router = null!;

    [SetUp]
    public void Start()
    {
        _errors.Clear();
        _path = Path.GetTempFileName();
        File.WriteAllText(_path, "rpush frontend:a.com a http://1 http://2\n");
        var changes = new ChangeTracker(new Clock());
        _routes = new FileRoutes(_path, changes, _errors.Enqueue);
        _router = new Router(_routes, new RoutingSettings(), changes, _errors.Enqueue);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _router.DisposeAsync();
        await _routes.DisposeAsync();
        File.Delete(_path);
    }

    [Test]
    public async Task Routes_AreServedWithoutRedis()
    {
        Assert.That(await UrlAsync("a.com:80"), Is.EqualTo("http://1"));
        Assert.That(await UrlAsync("a.com:80"), Is.EqualTo("http://2"));
        Assert.That(await UrlAsync("b.com"), Is.EqualTo("NoRoute"));
        Assert.That(await _router.PingAsync(), Is.Null);
    }

    [Test]
    public async Task ChangedFile_IsReadAgain()
    {
        await UrlAsync("a.com");
        foreach (var url in (string[])["http://3", "http://4"])
        {
            File.WriteAllText(_path, $"rpush frontend:a.com a {url}\nnonsense\n");
            await Eventually.IsTrue(async () => await UrlAsync("a.com") == url, "the change is effective");
        }
        Assert.That(_errors, Has.All.StartsWith($"{_path}:2: "));
        File.WriteAllText(_path, "");
        await Eventually.IsTrue(async () => await UrlAsync("a.com") == "NoRoute", "the route is gone");
    }

    [Test]
    public async Task VanishedFile_LeavesItsRoutesInUse()
    {
        File.Delete(_path);
        await Eventually.IsTrue(() => !_errors.IsEmpty, "it is missed");
        Assert.That(await UrlAsync("a.com"), Is.EqualTo("http://1"));
        File.WriteAllText(_path, "rpush frontend:a.com a http://5\n");
        await Eventually.IsTrue(async () => await UrlAsync("a.com") == "http://5", "it is read again");
        Assert.That(_errors, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task DeadBackend_IsOutThoughTheFileChanges()
    {
        var choice = await _router.ChooseAsync("a.com"u8);
        _router.MarkDead(choice);
        File.AppendAllText(_path, "rpush frontend:a.com http://3\n");
        await Eventually.IsTrue(async () => await UrlAsync("a.com") == "http://3", "the change is effective");
        for (var i = 0; i < 4; i++)
        {
            Assert.That(await UrlAsync("a.com"), Is.Not.EqualTo(choice.Backend!.Url));
        }
    }

    [Test]
    public void MissingFile_IsAnErrorAtStart() => Assert.That(
        () => new FileRoutes(_path + ".none", new ChangeTracker(new Clock()), _errors.Enqueue),
        Throws.InstanceOf<IOException>());

    private async Task<string> UrlAsync(string host)
    {
        var choice = await _router.ChooseAsync(Encoding.Latin1.GetBytes(host));
        return choice.Failure is Failure.None ? choice.Backend!.Url : choice.Failure.ToString();
    }
}
