namespace Proxy.Core.Tls.Certificates;

/// <summary>The result of reading certificates again.</summary>
/// <param name="Read">Usable certificates.</param>
/// <param name="Changed">Those of them that differ from what was served before.</param>
/// <param name="Failed">Names without a readable certificate.</param>
/// <param name="Left">Names that were not read for lack of time; they are read when they are requested.</param>
/// <param name="Faults">Why, without repetitions.</param>
public sealed record CertificatesReread(int Read, int Changed, int Failed, int Left, IReadOnlyList<string> Faults)
{
    private const int FaultsShown = 5;

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Read + Failed + Left == 0) return "no certificates to reread: they are read when clients request them";
        var text = $"{Read} certificates reread, {Changed} of them changed";
        if (Failed > 0) text += $", {Failed} failed: {string.Join("; ", Faults.Take(FaultsShown))}";
        if (Faults.Count > FaultsShown) text += "; ...";
        return Left > 0 ? $"{text}; {Left} more are reread when clients request them" : text;
    }
}
