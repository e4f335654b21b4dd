using System.Reflection;

namespace Proxy.Host;

/// <summary>The version and the commit of this build.</summary>
internal static class BuildVersion
{
    // The build appends "+commit".
    private static readonly string[] NumberAndCommit = (typeof(BuildVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+');

    /// <summary>The version, such as <c>1.0.0</c>.</summary>
    public static string Number => NumberAndCommit[0];

    /// <summary>The commit; empty when the source was not in a repository.</summary>
    public static string Commit => NumberAndCommit.Length > 1 ? NumberAndCommit[1] : "";
}
