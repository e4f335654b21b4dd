namespace Proxy.Core.Routing.Table;

/// <summary>
/// The frontends with the most requests recently, up to a number of slots. A frontend keeps its slot until another one
/// is clearly busier: counters by slot need no more memory than there are slots, however many hosts there are.
/// </summary>
/// <param name="router">The router of the frontends.</param>
/// <param name="slots">The number of slots.</param>
public sealed class BusiestHosts(Router router, int slots)
{
    // A frontend without a slot must be busier by a quarter than the one that has it.
    private const long IncumbentWeight = 5;
    private const long ChallengerWeight = 4;

    private readonly Frontend?[] _slots = new Frontend?[slots];

    /// <summary>The number of slots.</summary>
    public int Count => _slots.Length;

    /// <summary>Returns the frontend in the slot; null if it is free.</summary>
    public string? this[int slot] => _slots[slot]?.Name;

    /// <summary>Reassigns the slots; for one thread at a time.</summary>
    /// <param name="vacated">Called with a slot before another frontend may get it.</param>
    public void Rebalance(Action<int> vacated)
    {
        var chosen = Choose();
        for (var slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] is not { } incumbent || chosen.Remove(incumbent)) continue;
            incumbent.CounterSlot = Frontend.NoSlot;
            _slots[slot] = null;
            vacated(slot);
        }

        foreach (var frontend in chosen)
        {
            var slot = Array.IndexOf(_slots, null);
            _slots[slot] = frontend;
            frontend.CounterSlot = slot;
        }
    }

    private HashSet<Frontend> Choose()
    {
        var busiest = new PriorityQueue<Frontend, long>(_slots.Length + 1);
        foreach (var frontend in router.InUse.All)
        {
            var load = frontend.TakeLoad();
            var isIncumbent = frontend.CounterSlot != Frontend.NoSlot;
            if (load == 0 && !isIncumbent) continue;
            busiest.Enqueue(frontend, load * (isIncumbent ? IncumbentWeight : ChallengerWeight));
            if (busiest.Count > _slots.Length) busiest.Dequeue();
        }

        return [.. busiest.UnorderedItems.Select(item => item.Element)];
    }
}
