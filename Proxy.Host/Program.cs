namespace Proxy.Host;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        var invocation = Invocation.Read(arguments);
        await Console.Out.WriteAsync(invocation.Output);
        await Console.Error.WriteAsync(invocation.Errors);
        return invocation.Settings is { } settings ? await Running.RunAsync(settings) : invocation.ExitCode;
    }
}
