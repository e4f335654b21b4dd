namespace Proxy.Core.Linux;

/// <summary>A socket that listens.</summary>
/// <param name="Descriptor">Owned by who has this.</param>
/// <param name="IsShared">Whether several loops of this process accept from its queue.</param>
internal readonly record struct ListeningSocket(int Descriptor, bool IsShared);
