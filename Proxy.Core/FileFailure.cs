namespace Proxy.Core;

/// <summary>
/// Explains why a file cannot be used, in the system's words; .NET's texts repeat the path or hide the reason.
/// </summary>
public static class FileFailure
{
    /// <summary>Returns the reason, without the path.</summary>
    public static string ReasonOf(Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException { InnerException: IOException inner } => inner.Message,
        UnauthorizedAccessException => "permission denied",
        _ when failure.Message.LastIndexOf(" : '", StringComparison.Ordinal) is > 0 and var at => failure.Message[..at],
        _ => failure.Message,
    };
}
