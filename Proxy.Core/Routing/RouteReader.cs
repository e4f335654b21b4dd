using System.Text;

namespace Proxy.Core.Routing;

/// <summary>Reads a host's route from the store and says what it depends on.</summary>
internal sealed class RouteReader(IRoutes routes, MarkTeller teller, Changes changes, Action<string> errors)
{
    /// <summary>The frontends the routes belong to.</summary>
    public Frontends Frontends { get; } = new(changes.Clock);

    /// <exception cref="RoutesUnavailableException">The store cannot be asked.</exception>
    public async Task<Knowledge> ReadAsync(byte[] host, Knowledge? old)
    {
        // What the reading depends on is taken before it is sent: a change in between is then seen as one.
        var names = HostForms.Of(host);
        var epoch = changes.Epoch;
        var told = teller.Told;
        var lists = Array.ConvertAll(names, name => Version("frontend:"u8, name));
        var sets = Array.ConvertAll(names, name => Version("dead:"u8, name));

        var likely = old is null ? names.Length : Math.Min(old.Name + 1, names.Length);
        var reading = await routes.ReadAsync(names, likely);
        if (reading is null) return new Knowledge(null, names.Length, epoch, changes.Clock.Now, lists);

        var frontend = Frontends.Of(names[reading.Name]);
        var route = new Route(frontend, reading, changes.Clock.Now);
        frontend.Confirm(route, told);
        ReportFaults(route);
        return new Knowledge(
            route, reading.Name, epoch, changes.Clock.Now, [.. lists.AsSpan(0, reading.Name + 1), sets[reading.Name]]);
    }

    private KeyVersion Version(ReadOnlySpan<byte> prefix, string name) =>
        changes.VersionOf([.. prefix, .. Encoding.Latin1.GetBytes(name)]);

    private void ReportFaults(Route route)
    {
        var faults = string.Join(", ", route.Backends
            .Where(backend => backend.Fault is not Failure.None)
            .Select(backend => $"{backend.Index} \"{backend.Url}\""));
        if (route.State.IsNewFault(faults)) errors($"frontend:{route.Frontend}: these are no backends: {faults}");
    }
}
