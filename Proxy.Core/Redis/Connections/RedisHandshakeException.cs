namespace Proxy.Core.Redis.Connections;

/// <summary>TLS with Redis cannot be: one of the two does not believe the other, or it does not speak TLS.</summary>
internal sealed class RedisHandshakeException(string message, Exception cause) : IOException(message, cause);
