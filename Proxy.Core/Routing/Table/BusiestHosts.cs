namespace Proxy.Core.Routing.Table;

/// <summary>
/// The frontends with the most requests lately, so many at most. Each has a seat, and keeps it until another frontend
/// is clearly busier: who counts by seats needs no more memory than there are seats, however many hosts there are.
/// </summary>
/// <param name="router">Whose frontends they are.</param>
/// <param name="seats">How many.</param>
public sealed class BusiestHosts(Router router, int seats)
{
    // A frontend without a seat must be busier by a quarter than the one that has it.
    private const long Seated = 5;
    private const long IncumbentWeight = 4;

    private readonly Frontend?[] _seats = new Frontend?[seats];

    /// <summary>How many seats there are.</summary>
    public int Count => _seats.Length;

    /// <summary>Who has the seat; null for nobody.</summary>
    public string? this[int seat] => _seats[seat]?.Name;

    /// <summary>Gives the seats anew; for one thread at a time.</summary>
    /// <param name="vacated">Told of a seat before somebody else may get it.</param>
    public void Rebalance(Action<int> vacated)
    {
        var chosen = Choose();
        for (var seat = 0; seat < _seats.Length; seat++)
        {
            if (_seats[seat] is not { } sitting || chosen.Remove(sitting)) continue;
            sitting.CounterSlot = Frontend.NoSeat;
            _seats[seat] = null;
            vacated(seat);
        }

        foreach (var frontend in chosen)
        {
            var seat = Array.IndexOf(_seats, null);
            _seats[seat] = frontend;
            frontend.CounterSlot = seat;
        }
    }

    private HashSet<Frontend> Choose()
    {
        var busiest = new PriorityQueue<Frontend, long>(_seats.Length + 1);
        foreach (var frontend in router.InUse.All)
        {
            var heat = frontend.Cool();
            var isSeated = frontend.CounterSlot != Frontend.NoSeat;
            if (heat == 0 && !isSeated) continue;
            busiest.Enqueue(frontend, heat * (isSeated ? Seated : IncumbentWeight));
            if (busiest.Count > _seats.Length) busiest.Dequeue();
        }

        return [.. busiest.UnorderedItems.Select(item => item.Element)];
    }
}
