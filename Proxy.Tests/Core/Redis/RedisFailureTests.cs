using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Routing;
using Proxy.Tests.Tidy;
using StackExchange.Redis;

namespace Proxy.Tests.Core.Redis;

/// <summary>Whatever the client library throws, a call has failed and nothing else.</summary>
public class RedisFailureTests
{
    private static readonly RedisReasons Reasons = new(new RedisEndpoint
    {
        Role = "write", Address = new System.Net.IPEndPoint(0, 1), Login = new RedisLogin("planb", "x"),
    });

    private static IEnumerable<Type> LibraryTypes()
    {
        var library = typeof(ConnectionMultiplexer).Assembly;
        return library.GetReferencedAssemblies()
            .Where(name => name.Name is "RESPite" or "Pipelines.Sockets.Unofficial")
            .Select(System.Reflection.Assembly.Load).Append(library)
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.IsAssignableTo(typeof(Exception)) && !type.IsAbstract);
    }

    private static IEnumerable<Type> RuntimeTypes() =>
    [
        typeof(TimeoutException), typeof(OperationCanceledException), typeof(TaskCanceledException),
        typeof(ObjectDisposedException), typeof(InvalidOperationException), typeof(NotSupportedException),
        typeof(NotImplementedException), typeof(ArgumentException), typeof(ArgumentOutOfRangeException),
        typeof(FormatException), typeof(InvalidCastException), typeof(OverflowException), typeof(IOException),
        typeof(EndOfStreamException), typeof(SocketException), typeof(AuthenticationException),
        typeof(NullReferenceException), typeof(IndexOutOfRangeException), typeof(KeyNotFoundException),
        typeof(RoutesUnavailableException),
    ];

    [Test]
    public void LibraryExceptions_AreAllFound() =>
        Assert.That(LibraryTypes().Select(type => type.Name), Is.SupersetOf([
            "RedisException", "RedisServerException", "RedisConnectionException", "RedisTimeoutException",
            "RedisCommandException"]));

    [TestCaseSource(nameof(LibraryTypes))]
    [TestCaseSource(nameof(RuntimeTypes))]
    public void ExceptionOfACall_IsAFailureWithWords(Type type)
    {
        var e = (Exception)RuntimeHelpers.GetUninitializedObject(type);
        Assert.That(RedisFailure.Is(e));
        Assert.That(RedisFailure.Is(new AggregateException(e)));
        AssertWords(Reasons.Of(e));
    }

    [Test]
    public void ProcessThatCannotGoOn_IsNoFailureOfRedis() =>
        Assert.That(
            RedisFailure.Is((Exception)RuntimeHelpers.GetUninitializedObject(typeof(OutOfMemoryException))), Is.False);

    [TestCase("READONLY You can't write against a read only replica.", "READONLY: it is a replica")]
    [TestCase("OOM command not allowed when used memory > 'maxmemory'.", "OOM: its memory is full")]
    [TestCase("MOVED 3999 127.0.0.1:6381", "MOVED: it is a node of a Redis cluster")]
    [TestCase("ASK 3999 127.0.0.1:6381", "ASK: it is a node of a Redis cluster")]
    [TestCase("CLUSTERDOWN Hash slot not served", "CLUSTERDOWN: it is a node of a Redis cluster")]
    [TestCase("MISCONF Redis is configured to save RDB snapshots", "MISCONF: it cannot save to disk")]
    [TestCase("NOREPLICAS Not enough good replicas to write.", "NOREPLICAS: too few of its replicas")]
    [TestCase("LOADING Redis is loading the dataset in memory", "LOADING: it is loading its data")]
    [TestCase("MASTERDOWN Link with MASTER is down", "MASTERDOWN: it is a replica without its primary")]
    [TestCase("BUSY Redis is busy running a script.", "BUSY: a script has been running for too long")]
    [TestCase("NOAUTH Authentication required.", "NOAUTH Authentication required. (--write-redis-user")]
    [TestCase("WRONGPASS invalid username-password pair", "WRONGPASS invalid username-password pair (--write-redis")]
    [TestCase("NOPERM this user has no permissions to run the 'sadd' command", "ACL SETUSER planb +sadd")]
    [TestCase("NOPERM User planb has no permissions to run the 'client|tracking' command", "planb +client|tracking")]
    [TestCase("NOPERM this user has no permissions to access one of the channels used as arguments", "planb &dead")]
    [TestCase("NOPERM No permissions to access a key", "~frontend:* ~dead:*")]
    [TestCase("EXECABORT Transaction discarded because of: NOPERM this user has no permissions to run the 'exec' " +
        "command", "ACL SETUSER planb +exec")]
    public void ErrorOfRedis_IsSaidWithWhatToDo(string error, string words) =>
        Assert.That(Reasons.Of(error), Does.Contain(words));

    [Test]
    public void CatchesAroundTheLibrary_UseTheOneFilter()
    {
        var files = Repository.Code.Where(path => path.StartsWith("Proxy.Core/Redis/", StringComparison.Ordinal))
            .Where(path => Repository.Read(path).Contains("StackExchange.Redis;", StringComparison.Ordinal)).ToArray();
        Assert.That(files, Has.Length.GreaterThan(4));
        foreach (var path in files)
        {
            var catches = Repository.Read(path).Split('\n')
                .Where(line => line.Contains("catch (Exception", StringComparison.Ordinal));
            Assert.That(catches, Has.All.Contains("when (RedisFailure.Is(e))"), path);
        }
    }

    private static void AssertWords(string text)
    {
        Assert.That(text, Is.Not.Empty);
        foreach (var word in (string[])["ProtocolFailure", "EXECABORT", "see inner", "v: 3", "RedisConnection"])
            Assert.That(text, Does.Not.Contain(word));
    }
}
