using System.Net;
using System.Net.Sockets;
using Proxy.Core;
using Proxy.Host.CommandLine;
using Proxy.Host.Configuration;
using Proxy.Host.Wiring;

namespace Proxy.Host.Demo;

/// <summary>
/// The parts of the demo: a private Redis or a file of routes, the backends, their routes, and the proxy. All of them
/// are gone after <see cref="RunAsync"/>.
/// </summary>
internal sealed class DemoSetup(IPEndPoint listen)
{
    private const string DemoHost = "app.demo.test";
    private const int BackendCount = 3;
    private const int FirstBackendPort = 18001;

    /// <summary>Runs until <paramref name="stop"/>.</summary>
    /// <exception cref="StartFailure">A part cannot start.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var address = FreeAddress();
        await using var store = (IDemoStore?)await DemoRedis.TryStartAsync() ?? new DemoFile();
        var backends = new List<DemoBackend>();
        try
        {
            for (var number = 1; number <= BackendCount; number++)
                backends.Add(DemoBackend.Start(number, BackendCount, FirstBackendPort + number - 1));

            await store.SendAsync($"rpush frontend:{DemoHost} demo {string.Join(' ', backends.Select(b => b.Url))}");
            await using var planb = await Planb.StartAsync(
                SettingsFor(address, store), Console.OpenStandardOutput(), Console.OpenStandardError());
            PrintInstructions(address, store, backends[0]);
            await DemoArguments.WaitAsync(stop);
            await planb.StopAsync(CancellationToken.None);
        }
        finally
        {
            foreach (var backend in backends) await backend.DisposeAsync();
        }
    }

    // Checked before anything starts, so that the most frequent failure is a single line.
    private IPEndPoint FreeAddress()
    {
        try
        {
            using var probe = LoopbackPort.Bind(listen);
            return (IPEndPoint)probe.LocalEndPoint!;
        }
        catch (SocketException e)
        {
            throw new StartFailure(
                $"cannot listen on {listen}: {e.Message}\n  planb demo --listen 127.0.0.1:8990   takes another port");
        }
    }

    private static void PrintInstructions(IPEndPoint address, IDemoStore store, DemoBackend backend)
    {
        Console.Out.WriteLine($"""
            planb {BuildVersion.Number}  demo: Ctrl-C stops and removes everything
              http      http://{address}
              {store.Introduction}
            routes
              {DemoHost}   {BackendCount} backends
            try, in another terminal
              curl -H 'Host: {DemoHost}' http://{address}/
            {store.WhatToTry(backend.Url)}
              curl -H 'Host: new.demo.test' http://{address}/
            access log
            """);
    }

    // As if typed, so that everything else has the defaults of the program.
    private static Settings SettingsFor(IPEndPoint address, IDemoStore store)
    {
        var flags = new Flags
        {
            Listen = address.ToString(),
            AccessLog = "stdout",
            DrainTimeout = new GoDuration("5s"),
        };
        store.Fill(flags);
        var errors = new FlagErrors();
        return SettingsReader.Read(flags, errors) ?? throw new StartFailure(string.Join('\n', errors.Lines));
    }
}
