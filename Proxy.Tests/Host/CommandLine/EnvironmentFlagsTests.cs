using NUnit.Framework;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.CommandLine;

public sealed class EnvironmentFlagsTests
{
    private static readonly FlagTable Table = FlagTable.Of(new Flags());

    [Test]
    public void EveryFlag_IsAVariable()
    {
        foreach (var flag in Table.Flags.Where(flag => !flag.IsQuestion && flag.Default.Length > 0))
        {
            var value = Read([(flag.Variable, flag.Default)]).Values.Single(value => value.Flag.Name == flag.Name);
            Assert.That((value.Value, value.Origin), Is.EqualTo((flag.Default, flag.Variable)));
        }
    }

    [Test]
    public void Variable_IsCheckedAndNormalisedAsAFlag()
    {
        var settings = Read(
            [("PLANB_RETRIES", "0x10"), ("PLANB_HIPACHE", "T"), ("PLANB_DRAIN_TIMEOUT", "1m30s")]).Settings!;
        Assert.That(settings.Retries, Is.EqualTo(16));
        Assert.That(settings.IsHipache);
        Assert.That(settings.DrainTimeout, Is.EqualTo(TimeSpan.FromSeconds(90)));
    }

    [Test]
    public void Flag_BeatsItsVariable_WhateverThatHolds()
    {
        var invocation = Read([("PLANB_RETRIES", "nonsense")], "--retries=1");
        Assert.That(invocation.Settings?.Retries, Is.EqualTo(1));
        Assert.That(invocation.Values.Single(value => value.Flag.Name == "retries").Origin, Is.EqualTo("flag"));
    }

    [Test]
    public void EmptyVariable_IsNone()
    {
        var invocation = Read([("PLANB_ACCESS_LOG", "")]);
        Assert.That(invocation.Settings?.AccessLog, Is.EqualTo("./access.log"));
        Assert.That(invocation.Values.Single(value => value.Flag.Name == "access-log").Origin, Is.EqualTo("default"));
    }

    [TestCase("PLANB_RETRIES", "-1", "invalid value \"-1\" for PLANB_RETRIES: must be a whole number, 0 or more")]
    [TestCase("PLANB_ENGINE", "nativ", "for PLANB_ENGINE: must be native or sockets (did you mean native?)")]
    [TestCase("PLANB_LISTEN", "8080", "for PLANB_LISTEN: must be HOST:PORT")]
    [TestCase("PLANB_READ_REDIS_SENTINEL_ADDRS", "a:1", "when PLANB_READ_REDIS_SENTINEL_ADDRS is given")]
    [TestCase("PLANB_READ_REDIS_INSECURE", "1", "PLANB_READ_REDIS_INSECURE is for TLS and needs --read-redis-tls")]
    public void Complaint_NamesTheVariable(string name, string value, string complaint)
    {
        var invocation = Read([(name, value)]);
        Assert.That(invocation.Errors, Does.Contain(complaint));
        Assert.That(invocation.ExitCode, Is.EqualTo(2));
    }

    [TestCase("PLANB_LISTN", "did you mean PLANB_LISTEN?")]
    [TestCase("PLANB_LISTEN_FILE", "did you mean PLANB_LISTEN?")]
    [TestCase("PLANB_READ_REDIS_PASWORD_FILE", "did you mean PLANB_READ_REDIS_PASSWORD_FILE?")]
    [TestCase("PLANB_WHATEVER", "planb --help lists all flags")]
    public void UnknownVariable_IsWarnedOfAndIgnored(string name, string advice)
    {
        var invocation = Read([(name, ":1")]);
        Assert.That(invocation.Errors, Does.Match($"^planb: ignored the environment variable {name}: [^\n]+\n\\z"));
        Assert.That(invocation.Errors, Does.Contain(advice));
        Assert.That(invocation.Settings, Is.Not.Null);
    }

    [TestCase("PLANB_OPTS")]
    [TestCase("PLANB_PORT_8989_TCP_ADDR")]
    [TestCase("PLANB_SERVICE_HOST")]
    [TestCase("planb_listen")]
    [TestCase("PATH")]
    public void VariableOfOthers_IsNotWarnedOf(string name) => Assert.That(Read([(name, "x")]).Errors, Is.Empty);

    [Test]
    public void Help_IsSaidInABrokenEnvironmentToo() =>
        Assert.That(Read([("PLANB_RETRIES", "nonsense")], "--help").Output, Does.StartWith("planb - "));

    [TestCase("secret\n", "secret")]
    [TestCase("secret\r\n", "secret")]
    [TestCase("secret", "secret")]
    [TestCase(" two\n\n", " two\n")]
    public void SecretInAFile_IsReadWithoutItsLastLineEnd(string content, string secret)
    {
        using var file = new SecretFile(content);
        var invocation = Read([("PLANB_READ_REDIS_PASSWORD_FILE", file.Path)]);
        Assert.That(invocation.Settings?.ReadRedis.Login.Password, Is.EqualTo(secret), invocation.Errors);
        Assert.That(
            invocation.Values.Single(value => value.Flag.Name == "read-redis-password").Origin,
            Is.EqualTo($"PLANB_READ_REDIS_PASSWORD_FILE ({file.Path})"));
    }

    [Test]
    public void SecretFileThatCannotBeUsed_IsRefused()
    {
        using var empty = new SecretFile("\n");
        Assert.That(
            Read([("PLANB_WRITE_REDIS_PASSWORD_FILE", empty.Path)]).Errors,
            Does.Contain("PLANB_WRITE_REDIS_PASSWORD_FILE").And.Contain("it is empty"));
        Assert.That(
            Read([("PLANB_WRITE_REDIS_PASSWORD_FILE", "/dev/zero")]).Errors,
            Does.Contain("it is too large for a password"));
        Assert.That(
            Read([("PLANB_WRITE_REDIS_PASSWORD_FILE", empty.Path + ".no")]).Errors,
            Does.Contain("cannot read the file of PLANB_WRITE_REDIS_PASSWORD_FILE"));
        Assert.That(
            Read([("PLANB_WRITE_REDIS_PASSWORD_FILE", empty.Path), ("PLANB_WRITE_REDIS_PASSWORD", "x")]).Errors,
            Does.Contain("are both set"));
    }

    [Test]
    public void Reword_ReplacesWholeNamesOnly()
    {
        var origins = new ValueSources();
        origins.Add("routes", "PLANB_ROUTES");
        Assert.That(
            origins.Reword("x (--routes), --routes-cache-size, --routes"),
            Is.EqualTo("x (PLANB_ROUTES), --routes-cache-size, PLANB_ROUTES"));
    }

    private static Invocation Read((string Name, string Value)[] variables, params string[] typed) =>
        Invocation.Read(typed, variables.ToDictionary(variable => variable.Name, variable => variable.Value));

    private sealed class SecretFile : IDisposable
    {
        public SecretFile(string content) => File.WriteAllText(Path, content);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
