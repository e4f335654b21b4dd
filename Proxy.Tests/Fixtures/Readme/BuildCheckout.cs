using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Fixtures.Readme;

/// <summary>
/// A folder with build.sh and a global.json that no installed SDK satisfies, and with programs of the test's own in
/// front of PATH: nothing is installed, built or requested from another machine. Deleted when disposed.
/// </summary>
internal sealed class BuildCheckout : IDisposable
{
    public const string SdkVersion = "10.0.999";

    private const string Archive = $"dotnet-sdk-{SdkVersion}-linux-x64.tar.gz";

    // A build prints its arguments, and a publish takes as long as two lines of progress.
    private const string FakeDotnet = """
        #!/bin/sh
        [ "$1" != --version ] || { echo 10.0.999; exit; }
        echo "fake dotnet $*"
        [ "$1" = publish ] || exit 0
        sleep 2.5
        mkdir -p Proxy.Host/bin/publish
        touch Proxy.Host/bin/publish/planb
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("planb-build-").FullName;
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private byte[]? _archive;

    public BuildCheckout()
    {
        Write("build.sh", Repository.Read("build.sh"), isProgram: true);
        foreach (var path in Repository.Files.Where(path => path.StartsWith("build/", StringComparison.Ordinal)))
            Write(path, Repository.Read(path));
        Write("global.json", $$"""{ "sdk": { "version": "{{SdkVersion}}", "rollForward": "latestFeature" } }""");
        Write("Directory.Build.props", "<Project />");
        Write("Proxy.Core/Some.cs", "// a source");
        Write("Proxy.Http1/Some.cs", "// a source");
        Write("Proxy.Host/Some.cs", "// a source");
        foreach (var program in (string[])
            ["Proxy.Benchmarks/bin/Release/net10.0/Proxy.Benchmarks", "Proxy.Host/bin/Demo/net10.0/planb"])
            Write(program, $"#!/bin/sh\necho {Path.GetFileName(program)} of the build \"$@\"\n", isProgram: true);
        AddProgram("apt-get", "echo apt-get \"$@\"");
        OfferPackage("(none)");
        RunAs(user: 1000);
    }

    /// <summary>How often the SDK was requested from the test's server.</summary>
    public int Requests { get; private set; }

    /// <summary>Directories searched for programs after the test's own; null for those of this process.</summary>
    public string? SearchPath { get; set; }

    public string PathOf(string path) => Path.Combine(_folder, path);

    /// <summary>Makes the script believe that a user runs it.</summary>
    public void RunAs(int user) => AddProgram("id", $"echo {user}");

    /// <summary>Sets the version of the SDK's package that apt offers.</summary>
    public void OfferPackage(string version) =>
        AddProgram("apt-cache", $"echo \"$2:\"; echo '  Installed: (none)'; echo '  Candidate: {version}'");

    /// <summary>Makes an SDK available as if it were installed.</summary>
    public void InstallSdk() => Write("programs/dotnet", FakeDotnet, isProgram: true);

    /// <summary>Serves an SDK, whose hash the checkout pins unless it is to be wrong.</summary>
    public async Task ServeSdkAsync(bool isHashRight = true)
    {
        Write("sdk/dotnet", FakeDotnet, isProgram: true);
        await Shell.RunAsync($"tar -czf '{PathOf("sdk.tar.gz")}' -C '{PathOf("sdk")}' .");
        _archive = await File.ReadAllBytesAsync(PathOf("sdk.tar.gz"));
        var hash = Convert.ToHexStringLower(SHA512.HashData(isHashRight ? _archive : []));
        Write("build/sdk.sha512", $"{hash}  {Archive}\n");
        StartServer();
    }

    /// <summary>Answers every request with 404.</summary>
    public void ServeNothing()
    {
        Write("build/sdk.sha512", $"{new string('0', 128)}  {Archive}\n");
        StartServer();
    }

    /// <summary>Runs <c>./build.sh</c> with arguments, by a command that runs the command behind it if given.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(string arguments, string under = "")
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"{under} ./build.sh {arguments}"])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{PathOf("programs")}:{SearchPath ?? Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = _folder;
        start.Environment["BUILD_SDK_URL"] = $"http://{_server.LocalEndpoint}/{Archive}";
        using var script = Process.Start(start)!;
        script.StandardInput.Close();
        try
        {
            var (output, errors) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
            await script.WaitForExitAsync().WaitAsync(Limit);
            return (script.ExitCode, await output, await errors);
        }
        finally
        {
            script.Kill(entireProcessTree: true);
        }
    }

    public void Write(string path, string text, bool isProgram = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
        if (isProgram && OperatingSystem.IsLinux()) File.SetUnixFileMode(PathOf(path), (UnixFileMode)0b111_101_101);
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void AddProgram(string name, string text) => Write($"programs/{name}", $"#!/bin/sh\n{text}\n", true);

    private void StartServer()
    {
        _server.Start();
        _ = ServeAsync();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _server.AcceptTcpClientAsync();
                using var reader = new StreamReader(client.GetStream());
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                    // The head of the request; its first line is always the same.
                }

                Requests++;
                var status = _archive is null ? "404 Not Found" : "200 OK";
                var head = $"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {_archive?.Length ?? 0}\r\n\r\n";
                await client.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. _archive ?? []]);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            TestContext.Progress.WriteLine($"the SDK's server has stopped: {e.Message}");
        }
    }
}
