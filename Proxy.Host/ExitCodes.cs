namespace Proxy.Host;

/// <summary>The exit codes of all commands.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The command could not start, or its output could not be written.</summary>
    public const int Failure = 1;

    /// <summary>The command line is invalid, or <c>planb check</c> has found problems.</summary>
    public const int BadUsage = 2;
}
