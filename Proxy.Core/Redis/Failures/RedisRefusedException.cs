namespace Proxy.Core.Redis.Failures;

/// <summary>
/// A Redis answers but will not have us: wrong password, no such database. Trying again would not help; the message
/// names the endpoint's role and address.
/// </summary>
public sealed class RedisRefusedException(string message) : Exception(message);
