using System.Globalization;
using Proxy.Host.Wiring;

namespace Proxy.Host.Service;

/// <summary>
/// Listening sockets that the service manager passes to the process (sd_listen_fds(3)): those named <c>http</c> and
/// <c>https</c>, or in that order if none has such a name.
/// </summary>
/// <param name="Http">Descriptors for plain HTTP.</param>
/// <param name="Https">Descriptors for HTTPS.</param>
internal sealed record InheritedSockets(IReadOnlyList<int> Http, IReadOnlyList<int> Https)
{
    /// <summary>The most sockets; more are a mistake.</summary>
    public const int Max = 64;

    private const int FirstDescriptor = 3;

    /// <summary>Reads the variables, and removes them: child processes get no sockets.</summary>
    /// <exception cref="StartFailure">A variable is invalid.</exception>
    public static InheritedSockets FromEnvironment(bool hasPlain)
    {
        var process = Take("LISTEN_PID");
        var count = Take("LISTEN_FDS");
        var names = Take("LISTEN_FDNAMES");
        return process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            ? Read(count ?? "", names ?? "", hasPlain)
            : new InheritedSockets([], []);
    }

    /// <summary>Assigns the sockets.</summary>
    /// <param name="count">LISTEN_FDS.</param>
    /// <param name="names">LISTEN_FDNAMES.</param>
    /// <param name="hasPlain">Whether the first socket without a name is for plain HTTP.</param>
    /// <exception cref="StartFailure">A variable is invalid.</exception>
    public static InheritedSockets Read(string count, string names, bool hasPlain)
    {
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var sockets) || sockets > Max)
            throw new StartFailure($"LISTEN_FDS is \"{count}\" and must be a number from 0 to {Max}");
        var all = Enumerable.Range(FirstDescriptor, sockets).ToArray();
        var named = names.Split(':');
        if (!named.Any(name => name is "http" or "https"))
            return hasPlain ? new([.. all.Take(1)], [.. all.Skip(1)]) : new([], all);
        if (named.Length == sockets && Array.TrueForAll(named, name => name is "http" or "https"))
            return new(Of("http"), Of("https"));
        throw new StartFailure($"LISTEN_FDNAMES is \"{names}\": each of {sockets} sockets must be named http or https");

        int[] Of(string wanted) => [.. all.Where((_, i) => named[i] == wanted)];
    }

    private static string? Take(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, null);
        return value;
    }
}
