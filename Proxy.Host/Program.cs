using System.Collections;
using Proxy.Core.Linux;
using Proxy.Host.CommandLine;
using Proxy.Host.Commands.Check;
using Proxy.Host.Demo;
using Proxy.Host.Service;
using Proxy.Host.Wiring;

namespace Proxy.Host;

internal static class Program
{
    /// <summary>The exit code when a text that was asked for could not be written.</summary>
    public const int OutputFailed = 1;

    private static async Task<int> Main(string[] arguments)
    {
        if (OperatingSystem.IsLinux()) StandardDescriptors.Occupy();

        // .NET switches the keypad mode of the terminal it finds at the first use of Console, and leaves it so.
        Environment.SetEnvironmentVariable("TERM", "dumb");

        if (arguments is ["demo", .. var rest]) return await DemoCommand.RunAsync(rest);
        var signals = new Signals();
        var reading = Task.Run(() => Invocation.Read(arguments, Variables()));    // of a pipe too, perhaps
        if (!await signals.WaitForAsync(reading)) return Invocation.Success;
        var invocation = await reading;
        TryPrint(invocation.Errors, Console.Error);
        if (invocation is { Settings: { } settings, IsCheck: false })
            return await Lifetime.RunAsync(settings, invocation.Origins, signals);
        signals.Dispose();
        if (invocation.IsCheck) return await CheckCommand.RunAsync(invocation);
        return TryPrint(invocation.Output, Console.Out) ? invocation.ExitCode : OutputFailed;
    }

    private static Dictionary<string, string> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");

    /// <summary>Whether somebody could be told.</summary>
    public static bool TryPrint(string text, TextWriter writer)
    {
        try
        {
            writer.Write(text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed, or a full disk: there is nobody to tell, and the exit code says so.
            return false;
        }
    }
}
