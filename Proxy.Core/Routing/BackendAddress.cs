using System.Net;

namespace Proxy.Core.Routing;

/// <summary>The address of a backend; equal addresses share idle connections.</summary>
/// <param name="Host">A name or an IP literal without brackets, in the spelling of the URL.</param>
/// <param name="Port">1..65535.</param>
/// <param name="IsTls">Whether the scheme is https.</param>
/// <param name="Ip">The address when <paramref name="Host"/> is an IP literal, else null.</param>
public sealed record BackendAddress(string Host, int Port, bool IsTls, IPAddress? Ip)
{
    private readonly int _hash = HashCode.Combine(Host, Port, IsTls);

    /// <summary>The hash code, computed once: every request looks for idle connections by it.</summary>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public bool Equals(BackendAddress? other) => ReferenceEquals(this, other) ||
        (other is not null && _hash == other._hash && Port == other.Port && IsTls == other.IsTls && Host == other.Host);

    /// <summary><c>host:port</c>, IPv6 in brackets.</summary>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
