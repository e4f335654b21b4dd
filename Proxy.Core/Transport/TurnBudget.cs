namespace Proxy.Core.Transport;

/// <summary>How much a connection may read in one turn of its event loop before other connections are served.</summary>
/// <remarks>A mutable struct: a field of its owner, never copied.</remarks>
internal struct TurnBudget
{
    private const int ReadsPerTurn = 8;

    // More turns for the same bytes cost more: receivers are woken more often.
    private const int SplicedBytesPerRead = 512 * 1024;

    private int _turn;
    private int _reads;

    /// <summary>Returns whether the budget of this turn is spent; a new turn renews it.</summary>
    public bool IsSpent(int turn)
    {
        if (_turn == turn) return _reads >= ReadsPerTurn;
        _turn = turn;
        _reads = 0;
        return false;
    }

    /// <summary>Counts one read.</summary>
    public void SpendRead() => _reads++;

    /// <summary>Counts one splice: as one read, and one more for each <see cref="SplicedBytesPerRead"/>.</summary>
    public void SpendSplice(int bytes) => _reads += 1 + (bytes / SplicedBytesPerRead);

    /// <summary>Renews the budget: the connection has waited.</summary>
    public void Renew() => _reads = 0;
}
