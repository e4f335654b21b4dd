namespace Proxy.Core.Tls.Certificates;

/// <summary>What came of reading certificates again.</summary>
/// <param name="Read">Certificates that can be used.</param>
/// <param name="Changed">Those of them that are not what was served before.</param>
/// <param name="Failed">Names that have none that could be read now.</param>
/// <param name="Left">Names that were not read for want of time; they are when they are needed.</param>
/// <param name="Faults">Why, without repetitions.</param>
public sealed record CertificatesReread(int Read, int Changed, int Failed, int Left, IReadOnlyList<string> Faults)
{
    private const int FaultsShown = 5;

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Read + Failed + Left == 0) return "no certificates to reread: they are read when clients ask for them";
        var text = $"{Read} certificates reread, {Changed} of them changed";
        if (Failed > 0) text += $", {Failed} failed: {string.Join("; ", Faults.Take(FaultsShown))}";
        if (Faults.Count > FaultsShown) text += "; ...";
        return Left > 0 ? $"{text}; {Left} more are reread when they are needed" : text;
    }
}
