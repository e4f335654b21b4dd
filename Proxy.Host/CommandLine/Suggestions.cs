namespace Proxy.Host.CommandLine;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Suggestions
{
    private const int LettersPerTypo = 4;

    /// <summary>
    /// Returns the word with the fewest inserted, omitted, changed or swapped letters, if they are few enough for its
    /// length; else the first word that begins as typed; else null.
    /// </summary>
    public static string? Nearest(string typed, IEnumerable<string> words)
    {
        var candidates = words.ToList();
        var nearest = candidates.MinBy(word => Distance(typed, word));
        if (nearest is not null && Distance(typed, nearest) <= TyposAllowed(nearest)) return nearest;
        return typed.Length < LettersPerTypo
            ? null
            : candidates.Find(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Returns <c>true</c> or <c>false</c> for a word that means yes or no; null for other words.</summary>
    public static string? TruthOf(string typed) => typed.ToLowerInvariant() switch
    {
        "true" or "t" or "1" or "yes" or "y" or "on" or "enable" or "enabled" => "true",
        "false" or "f" or "0" or "no" or "n" or "off" or "disable" or "disabled" => "false",
        _ => null,
    };

    private static int TyposAllowed(string word) => word.Length < LettersPerTypo ? 0 : 1 + word.Length / 8;

    // Optimal string alignment: three rows of the usual table are enough for swaps of neighbours.
    private static int Distance(string from, string to)
    {
        var (before, previous, current) = (new int[to.Length + 1], new int[to.Length + 1], new int[to.Length + 1]);
        for (var column = 0; column <= to.Length; column++) previous[column] = column;
        for (var row = 1; row <= from.Length; row++)
        {
            current[0] = row;
            for (var column = 1; column <= to.Length; column++)
            {
                var change = from[row - 1] == to[column - 1] ? 0 : 1;
                current[column] = Math.Min(previous[column], current[column - 1]) + 1;
                current[column] = Math.Min(current[column], previous[column - 1] + change);
                if (AreSwapped(from, row, to, column))
                    current[column] = Math.Min(current[column], before[column - 2] + 1);
            }

            (before, previous, current) = (previous, current, before);
        }

        return previous[to.Length];
    }

    private static bool AreSwapped(string from, int row, string to, int column) =>
        row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1];
}
