using System.Collections;
using Proxy.Core.Linux;
using Proxy.Host.CommandLine;
using Proxy.Host.Commands;
using Proxy.Host.Service;

namespace Proxy.Host;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (OperatingSystem.IsLinux()) StandardDescriptors.Occupy();

        // .NET switches the keypad mode of the terminal it finds at the first use of Console, and leaves it so.
        Environment.SetEnvironmentVariable("TERM", "dumb");

        if (arguments is [var first, .. var rest] && CommandTable.Find(first) is { RunOnWords: { } runOnWords })
            return await runOnWords(rest);
        var signals = new Signals();
        var reading = Task.Run(() => Invocation.Read(arguments, Variables()));    // a password file may be a slow pipe
        if (!await signals.WaitForAsync(reading)) return ExitCodes.Success;
        var invocation = await reading;
        TryPrint(invocation.Errors, Console.Error);
        if (invocation is { Settings: not null, Command.Run: { } run }) return await run(invocation, signals);
        signals.Dispose();
        return TryPrint(invocation.Output, Console.Out) ? invocation.ExitCode : ExitCodes.Failure;
    }

    private static Dictionary<string, string> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");

    /// <summary>Writes a text, and returns whether that succeeded.</summary>
    public static bool TryPrint(string text, TextWriter writer)
    {
        try
        {
            writer.Write(text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The output is closed, or a disk is full. The exit code shows it.
            return false;
        }
    }
}
