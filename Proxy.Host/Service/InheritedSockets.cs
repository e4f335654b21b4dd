using System.Globalization;
using Proxy.Host.Wiring;

namespace Proxy.Host.Service;

/// <summary>
/// Sockets that the service manager has bound and gives to the process (sd_listen_fds(3)): those named <c>http</c> and
/// <c>https</c>, or, where no name says it, in that order.
/// </summary>
/// <param name="Http">Descriptors that plain HTTP is accepted on.</param>
/// <param name="Https">Descriptors that HTTPS is accepted on.</param>
internal sealed record InheritedSockets(IReadOnlyList<int> Http, IReadOnlyList<int> Https)
{
    /// <summary>More are a mistake.</summary>
    public const int Max = 64;

    private const int FirstDescriptor = 3;

    /// <summary>Reads the environment, and takes the variables out of it: children get no sockets.</summary>
    /// <exception cref="StartFailure">It is not to be understood.</exception>
    public static InheritedSockets FromEnvironment(bool hasPlain)
    {
        var process = Take("LISTEN_PID");
        var count = Take("LISTEN_FDS");
        var names = Take("LISTEN_FDNAMES");
        return process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            ? Read(count ?? "", names ?? "", hasPlain)
            : new InheritedSockets([], []);
    }

    /// <summary>Deals the sockets out.</summary>
    /// <param name="count">LISTEN_FDS.</param>
    /// <param name="names">LISTEN_FDNAMES.</param>
    /// <param name="hasPlain">Whether the first of those without a name is for plain HTTP.</param>
    /// <exception cref="StartFailure">It is not to be understood.</exception>
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
