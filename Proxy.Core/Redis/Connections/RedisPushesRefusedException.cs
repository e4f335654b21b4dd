namespace Proxy.Core.Redis.Connections;

/// <summary>This server does not push: it is too old, or does not let us ask.</summary>
internal sealed class RedisPushesRefusedException(string message) : Exception(message);
