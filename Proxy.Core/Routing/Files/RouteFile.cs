using System.Text;

namespace Proxy.Core.Routing.Files;

/// <summary>
/// Routes in a file: one command per line as for redis-cli, <c>rpush frontend:www.example.com mywebsite http://...</c>.
/// Also <c>lpush</c> and <c>del</c>; empty lines and lines that start with # are ignored.
/// </summary>
public static class RouteFile
{
    private const string Prefix = "frontend:";

    /// <summary>Returns the lists by frontend; an unusable line is reported and skipped.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Dictionary<string, string[]> Read(string path, Action<string> errors)
    {
        var lists = new Dictionary<string, List<string>>();
        var number = 0;

        // Bytes are kept as Latin-1 until the line is split, so that escapes can form UTF-8.
        foreach (var line in File.ReadLines(path, Encoding.Latin1))
        {
            number++;
            if (Apply(line, lists) is { } reason) errors($"{path}:{number}: {reason}");
        }
        return lists.Where(list => list.Value.Count > 0).ToDictionary(list => list.Key, list => list.Value.ToArray());
    }

    /// <summary>Replaces the file as a whole, so that it is never found half written.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, string[]>> lists)
    {
        var draft = path + ".new";
        using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (var (name, list) in lists.OrderBy(list => list.Key, StringComparer.Ordinal))
                writer.WriteLine(RedisCommandLine.Join(["rpush", Prefix + Utf8(name), .. list]));
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }

    private static string? Apply(string line, Dictionary<string, List<string>> lists)
    {
        if (line.AsSpan().TrimStart() is [] or ['#', ..]) return null;
        if (RedisCommandLine.Split(line) is not { } words) return "a quote is not closed, or not followed by a space";
        if (words is not [var command, var key, .. var values]) return "expected a command and a key";
        if (!key.StartsWith(Prefix, StringComparison.Ordinal)) return $"only lists {Prefix}HOST are used, not {key}";

        var name = Latin1(key[Prefix.Length..]);
        var list = lists.TryGetValue(name, out var known) ? known : lists[name] = [];
        switch (command.ToLowerInvariant())
        {
            case "rpush" when values.Length > 0: list.AddRange(values); return null;
            case "lpush" when values.Length > 0: list.InsertRange(0, values.Reverse()); return null;
            case "del" when values.Length == 0: list.Clear(); return null;
            case "rpush" or "lpush": return $"{command} needs at least one element";
            default: return $"unknown command {command}: only rpush, lpush and del of one key are supported";
        }
    }

    // Names of frontends are the bytes of a Host value, one character each.
    private static string Latin1(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string Utf8(string name) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name));
}
