namespace Proxy.Core.Dns;

/// <summary>Reads the <c>hosts:</c> line of nsswitch.conf(5).</summary>
internal static class NameSwitchFile
{
    /// <summary>Returns what the file's text asks for; the usual order where it says nothing, as glibc does.</summary>
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

    // [NOTFOUND=return] and the like; a list of several has blanks in it.
    private static bool IsAction(string word) => word.StartsWith('[') || word.EndsWith(']') || word.Contains('=');

    private static bool HasActionBehind(string[] words, string source)
    {
        var next = Array.IndexOf(words, source) + 1;
        return next < words.Length && IsAction(words[next]);
    }
}
