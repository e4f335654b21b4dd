using System.Net;
using System.Text;

namespace Proxy.Core.Transport.Addresses;

/// <summary>Ranges of IP addresses, such as those of the proxies in front.</summary>
public sealed class AddressRanges
{
    private const int MappedBits = 96;
    private const int AllBits = 128;
    private readonly Range[] _ranges;

    private AddressRanges(Range[] ranges) => _ranges = ranges;

    /// <summary>
    /// Parses addresses and CIDRs, separated by commas; returns null, and the invalid one, if there is one.
    /// </summary>
    public static AddressRanges? Parse(string list, out string fault)
    {
        var ranges = new List<Range>();
        foreach (var item in list.Split(',', StringSplitOptions.TrimEntries))
        {
            fault = item;
            if (!TryParse(item, out var range)) return null;
            ranges.Add(range);
        }

        fault = "";
        return new AddressRanges([.. ranges]);
    }

    /// <summary>Returns whether an address is in one of the ranges.</summary>
    public bool Contains(IPAddress address) => Contains(AddressNumber.Of(address));

    /// <summary>Returns whether an address, as an <see cref="AddressNumber"/>, is in one of the ranges.</summary>
    public bool Contains(UInt128 address)
    {
        foreach (var range in _ranges)
        {
            if ((address & range.Mask) == range.First) return true;
        }

        return false;
    }

    // Bits after the prefix are a mistake: it is unclear which range was meant.
    private static bool TryParse(string item, out Range range)
    {
        range = default;
        var slash = item.IndexOf('/');
        var text = slash < 0 ? item : item[..slash];
        if (!AddressNumber.TryParse(Encoding.UTF8.GetBytes(text), out var first)) return false;
        var isV4 = !text.Contains(':');
        var bitsMax = isV4 ? AllBits - MappedBits : AllBits;
        var bits = bitsMax;
        if (slash >= 0 && (!IsNumber(item[(slash + 1)..], out bits) || bits > bitsMax)) return false;
        if (isV4) bits += MappedBits;
        var mask = bits == 0 ? UInt128.Zero : UInt128.MaxValue << (AllBits - bits);
        range = new Range(first, mask);
        return (first & mask) == first;
    }

    private static bool IsNumber(string text, out int number)
    {
        number = 0;
        return text.Length is > 0 and <= 3 && text.All(char.IsAsciiDigit) && int.TryParse(text, out number);
    }

    private readonly record struct Range(UInt128 First, UInt128 Mask);
}
