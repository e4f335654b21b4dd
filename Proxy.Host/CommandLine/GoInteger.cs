using System.Globalization;

namespace Proxy.Host.CommandLine;

/// <summary>
/// A whole number in the syntax of Go: <c>30</c>, <c>-1</c>, <c>0x1e</c>, <c>0o36</c>, <c>036</c>, <c>0b11110</c>,
/// with <c>_</c> between digits (<c>1_000</c>, <c>0x_1e</c>). The rules are those of <c>strconv.ParseInt</c>.
/// </summary>
internal static class GoInteger
{
    public static bool TryParse(string text, out int value)
    {
        value = 0;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+")) rest = rest[1..];

        var radix = TakeRadix(ref rest, out var prefixed);
        if (!TryMagnitude(rest, radix, prefixed, out var magnitude)) return false;

        var number = negative ? -magnitude : magnitude;
        if (number is < int.MinValue or > int.MaxValue) return false;
        value = (int)number;
        return true;
    }

    /// <summary>Returns the number as CommandLineParser reads it.</summary>
    public static string ToDecimal(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static int TakeRadix(ref ReadOnlySpan<char> rest, out bool prefixed)
    {
        prefixed = rest.Length > 1 && rest[0] == '0';
        if (!prefixed) return 10;

        var radix = char.ToLowerInvariant(rest[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        rest = rest[(radix == 0 ? 1 : 2)..];
        return radix == 0 ? 8 : radix;
    }

    // One "_" is allowed between two digits, and between a prefix (the 0 of an octal number, too) and a digit.
    private static bool TryMagnitude(ReadOnlySpan<char> digits, int radix, bool afterDigit, out long magnitude)
    {
        magnitude = 0;
        if (digits.IsEmpty) return false;
        foreach (var character in digits)
        {
            if (character == '_' && !afterDigit) return false;
            afterDigit = character != '_';
            if (!afterDigit) continue;

            if (!char.IsAsciiHexDigit(character)) return false;
            var digit = Convert.ToInt32(character.ToString(), 16);
            magnitude = magnitude * radix + digit;
            if (digit >= radix || magnitude > 1L + int.MaxValue) return false;
        }

        return afterDigit;
    }
}
