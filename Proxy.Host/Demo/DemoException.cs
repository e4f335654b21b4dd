namespace Proxy.Host.Demo;

/// <summary>The demo cannot run; the message is for people and says what to do.</summary>
internal sealed class DemoException(string message) : Exception(message);
