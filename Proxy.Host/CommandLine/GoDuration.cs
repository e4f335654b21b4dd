using System.Buffers;

namespace Proxy.Host.CommandLine;

/// <summary>
/// A duration in the syntax of Go: <c>300ms</c>, <c>1.5s</c>, <c>1m30s</c>, <c>-1h</c>; only <c>0</c> needs no unit.
/// The rules are those of <c>time.ParseDuration</c>, and so is the range of about 292 years. <see cref="WithUnit"/>
/// adds a unit to a number alone beforehand.
/// </summary>
internal sealed class GoDuration
{
    /// <summary>The units, for messages.</summary>
    public const string Units = "ns, us, ms, s, m, h";

    private const int HoursPerDay = 24;

    // Further digits after the point are below a nanosecond for every unit.
    private const int FractionDigitsMax = 17;

    private const long NanosecondsPerTick = 100;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create(".0123456789");

    private readonly string _text;

    /// <summary>Parses a text. CommandLineParser creates values by this constructor.</summary>
    /// <exception cref="FormatException">The text is not a duration.</exception>
    public GoDuration(string text)
    {
        if (!TryParse(text, out var value)) throw new FormatException($"\"{text}\" is not a duration.");
        _text = text;
        Value = value;
    }

    /// <summary>The time, rounded away from zero so that one nanosecond does not become 0.</summary>
    public TimeSpan Value { get; }

    /// <summary>The time as it was typed.</summary>
    public override string ToString() => _text;

    /// <summary>duration = [ sign ] ( "0" / 1*( number unit ) )</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+")) rest = rest[1..];
        if (rest is "0") return true;
        if (rest.IsEmpty) return false;

        Int128 total = 0;
        while (!rest.IsEmpty)
        {
            if (!TryTakePart(ref rest, out var part)) return false;
            total += part;
            if (total > long.MaxValue) return false;
        }

        var ticks = (long)((total + NanosecondsPerTick - 1) / NanosecondsPerTick);
        value = TimeSpan.FromTicks(negative ? -ticks : ticks);
        return true;
    }

    /// <summary>
    /// Returns a number alone (<c>30</c>, <c>-1</c>, <c>0x1e</c>, <c>1.5</c>) with the unit, and any other text as is.
    /// </summary>
    public static string WithUnit(string text, string unit)
    {
        if (GoInteger.TryParse(text, out var whole)) return GoInteger.ToDecimal(whole) + unit;
        var number = text.AsSpan().TrimStart("+-");
        return number.IsEmpty || number.ContainsAnyExcept(NumberCharacters) ? text : text + unit;
    }

    /// <summary>
    /// Returns the duration that was probably meant by a number with a unit that Go does not have (<c>30 s</c>,
    /// <c>30sec</c>, <c>5MIN</c>, <c>1d</c>), or null.
    /// </summary>
    public static string? Nearest(string text)
    {
        var compact = string.Concat(text.Where(it => !char.IsWhiteSpace(it)));
        if (compact != text && TryParse(WithUnit(compact, "s"), out _)) return compact;
        var digits = compact.AsSpan().IndexOfAnyExcept(NumberCharacters);
        if (digits <= 0) return null;
        var number = compact[..digits];
        var meant = compact[digits..].ToLowerInvariant() switch
        {
            "msec" or "msecs" or "millis" or "millisecond" or "milliseconds" => number + "ms",
            "s" or "sec" or "secs" or "second" or "seconds" => number + "s",
            "m" or "min" or "mins" or "minute" or "minutes" => number + "m",
            "h" or "hr" or "hrs" or "hour" or "hours" => number + "h",
            "d" or "day" or "days" when int.TryParse(number, out var days) && days < int.MaxValue / HoursPerDay =>
                GoInteger.ToDecimal(days * HoursPerDay) + "h",
            _ => "",
        };
        return TryParse(meant, out _) ? meant : null;
    }

    // part = ( 1*DIGIT [ "." *DIGIT ] / "." 1*DIGIT ) unit, in nanoseconds
    private static bool TryTakePart(ref ReadOnlySpan<char> rest, out Int128 nanoseconds)
    {
        nanoseconds = 0;
        var whole = TakeDigits(ref rest);
        var fraction = ReadOnlySpan<char>.Empty;
        if (rest.StartsWith("."))
        {
            rest = rest[1..];
            fraction = TakeDigits(ref rest);
        }

        if (whole.IsEmpty && fraction.IsEmpty) return false;
        if (!TryTakeUnit(ref rest, out var unit)) return false;
        if (!TryNumber(whole, out var units)) return false;

        nanoseconds = (Int128)units * unit + Fraction(fraction, unit);
        return true;
    }

    private static ReadOnlySpan<char> TakeDigits(scoped ref ReadOnlySpan<char> rest)
    {
        var length = rest.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? rest : rest[..length];
        rest = rest[digits.Length..];
        return digits;
    }

    private static bool TryTakeUnit(ref ReadOnlySpan<char> rest, out long nanoseconds)
    {
        var length = rest.IndexOfAny(NumberCharacters);
        var unit = length < 0 ? rest : rest[..length];
        rest = rest[unit.Length..];
        nanoseconds = unit switch
        {
            "ns" => 1,
            "us" or "\u00b5s" or "\u03bcs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => 0,
        };
        return nanoseconds > 0;
    }

    private static bool TryNumber(ReadOnlySpan<char> digits, out long number)
    {
        number = 0;
        return digits.IsEmpty || long.TryParse(digits, out number);
    }

    private static Int128 Fraction(ReadOnlySpan<char> digits, long unit)
    {
        if (digits.Length > FractionDigitsMax) digits = digits[..FractionDigitsMax];
        Int128 total = 0;
        Int128 divisor = 1;
        foreach (var digit in digits)
        {
            divisor *= 10;
            total = total * 10 + (digit - '0');
        }

        return total * unit / divisor;
    }
}
