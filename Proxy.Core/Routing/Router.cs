namespace Proxy.Core.Routing;

public readonly record struct Choice(Failure Failure, Route? Route, Backend? Backend, string? Detail);

public readonly record struct Attempt(int Count)
{
    public Attempt After(in Choice choice) => new(Count + (choice.Backend is null ? 0 : 1));
}

public sealed class Router
{
    private readonly Backend _only = new("http://127.0.0.1:9000", 0, new BackendAddress("127.0.0.1", 9000, false, System.Net.IPAddress.Loopback), Failure.None);
    public ValueTask<Choice> ChooseAsync(ReadOnlySpan<byte> host, Attempt attempt) =>
        new(new Choice(attempt.Count == 0 && host.Length > 0 ? Failure.None : Failure.NoRoute, new Route("x", "x", [_only], new HashSet<int>()), _only, null));
    public void MarkDead(in Choice choice) => _ = (choice, _only);
    public ValueTask<string?> PingAsync() => new(_only.Url.Length == 0 ? _only.Url : null);
}
