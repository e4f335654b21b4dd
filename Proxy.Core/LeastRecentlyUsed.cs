namespace Proxy.Core;

/// <summary>A bounded dictionary that drops the least recently used entry. For one thread at a time.</summary>
internal sealed class LeastRecentlyUsed<T>(int max) where T : class
{
    private readonly Dictionary<string, LinkedListNode<(string Name, T Value)>> _byName = [];
    private readonly LinkedList<(string Name, T Value)> _byUse = new();

    public IEnumerable<T> Values => _byUse.Select(item => item.Value);

    public int Count => _byName.Count;

    /// <summary>Returns a value and marks it as the most recently used one.</summary>
    public T? Get(string name)
    {
        if (!_byName.TryGetValue(name, out var node)) return null;
        if (node != _byUse.First)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        return node.Value.Value;
    }

    /// <summary>Sets a value; returns the one that was removed to make room, if any.</summary>
    public T? Put(string name, T value)
    {
        Remove(name);
        _byName.Add(name, _byUse.AddFirst((name, value)));
        if (_byName.Count <= max) return null;
        var oldest = _byUse.Last!.Value;
        Remove(oldest.Name);
        return oldest.Value;
    }

    public void Remove(string name)
    {
        if (_byName.Remove(name, out var node)) _byUse.Remove(node);
    }
}
