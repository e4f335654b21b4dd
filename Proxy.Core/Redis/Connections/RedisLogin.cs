namespace Proxy.Core.Redis.Connections;

/// <summary>The login to a Redis or a Sentinel; both empty if it requires none.</summary>
/// <param name="User">The ACL user; empty for the default one.</param>
/// <param name="Password">The password, or empty.</param>
public sealed record RedisLogin(string User, string Password)
{
    /// <summary>No login.</summary>
    public static RedisLogin None { get; } = new("", "");

    /// <summary>The command that logs in; empty without a login.</summary>
    internal string[] Auth =>
        User.Length > 0 ? ["AUTH", User, Password] :
        Password.Length > 0 ? ["AUTH", Password] : [];

    /// <summary>The same as arguments of HELLO.</summary>
    internal string[] AuthOfHello =>
        User.Length + Password.Length == 0 ? [] : ["AUTH", User.Length > 0 ? User : "default", Password];

    /// <summary>Returns no password, so that it cannot get into a log.</summary>
    public override string ToString() => User.Length > 0 ? User : "default";
}
