namespace Proxy.Core.Dns;

/// <summary>Reads the <c>hosts:</c> line of nsswitch.conf(5).</summary>
internal static class NameSwitchFile
{
    /// <summary>Returns the order in the file's text; the usual order by default, as glibc does.</summary>
    public static NameSwitch Parse(string text)
    {
        var line = text.Split('\n')
            .Select(line => line.Split('#')[0].Trim())
            .LastOrDefault(line => line.StartsWith("hosts:", StringComparison.Ordinal));
        if (line is null) return NameSwitch.FilesAndDns;

        var words = line["hosts:".Length..].Replace("[", " [", StringComparison.Ordinal)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var sources = Array.FindAll(words, word => !IsAction(word));
        var files = Array.IndexOf(sources, "files");
        var dns = Array.IndexOf(sources, "dns");
        if (files < 0 || dns < files || HasActionBehind(words, "files") || HasActionBehind(words, "dns"))
            return NameSwitch.Other;
        return sources.Length == 2 ? NameSwitch.FilesAndDns : NameSwitch.FilesDnsAndMore;
    }

    // [NOTFOUND=return] and similar actions; a list of several contains spaces.
    private static bool IsAction(string word) => word.StartsWith('[') || word.EndsWith(']') || word.Contains('=');

    private static bool HasActionBehind(string[] words, string source)
    {
        var next = Array.IndexOf(words, source) + 1;
        return next < words.Length && IsAction(words[next]);
    }
}

/// <summary>How names are resolved on this machine, from the <c>hosts:</c> line of nsswitch.conf(5).</summary>
internal enum NameSwitch
{
    /// <summary>The hosts file, then the name servers; the usual order.</summary>
    FilesAndDns,

    /// <summary>The usual order, and further sources (mDNS, systemd, ...) for names not found there.</summary>
    FilesDnsAndMore,

    /// <summary>Another order, which only the C library can follow.</summary>
    Other,
}
