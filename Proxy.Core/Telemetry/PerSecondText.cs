namespace Proxy.Core.Telemetry;

/// <summary>
/// Text of a time to the second, formatted once per second. Any thread may read; two may format the same second.
/// </summary>
/// <param name="format">Formats a time; must not depend on fractions of a second.</param>
public sealed class PerSecondText(Func<DateTimeOffset, byte[]> format)
{
    private Entry _entry = new(-1, []);

    /// <summary>Returns the text of the second in which <paramref name="time"/> lies.</summary>
    public ReadOnlySpan<byte> At(DateTimeOffset time)
    {
        var second = time.UtcTicks / TimeSpan.TicksPerSecond;
        var entry = Volatile.Read(ref _entry);
        if (entry.Second == second) return entry.Text;

        entry = new(second, format(time));
        Volatile.Write(ref _entry, entry);
        return entry.Text;
    }

    /// <summary>The text of one second; replaced as a whole.</summary>
    private sealed record Entry(long Second, byte[] Text);
}
