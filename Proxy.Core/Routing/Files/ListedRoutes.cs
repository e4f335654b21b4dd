namespace Proxy.Core.Routing.Files;

/// <summary>Finds the list that serves a host among lists in memory.</summary>
internal static class ListedRoutes
{
    /// <summary>Elements of a list without any backend: none, or the identifier.</summary>
    private const int ListLengthMin = 2;

    /// <summary>Returns the first name that has a list with a backend, by its position; null if none has.</summary>
    public static (int Name, string[] List)? Find(string[] names, Func<string, string[]?> listOf)
    {
        for (var i = 0; i < names.Length; i++)
            if (listOf(names[i]) is { Length: >= ListLengthMin } list) return (i, list);
        return null;
    }
}
