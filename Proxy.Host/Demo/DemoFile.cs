using Proxy.Host.CommandLine;

namespace Proxy.Host.Demo;

/// <summary>A file of routes, for machines without redis-server: the same commands, read by <c>--routes</c>.</summary>
internal sealed class DemoFile : IDemoStore
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"planb-demo-{Environment.ProcessId}.routes");

    public string Introduction => $"routes    {_path}   (no redis-server here: install one to see them live in Redis)";

    public Task SendAsync(string command) => File.AppendAllTextAsync(_path, command + "\n");

    public void Fill(Flags flags) => flags.Routes = _path;

    public string WhatToTry(string backend) => $"""
          cat {_path}
          echo rpush frontend:new.demo.test new {backend} >> {_path}     live, no reload
        """;

    public ValueTask DisposeAsync()
    {
        File.Delete(_path);
        return ValueTask.CompletedTask;
    }
}
