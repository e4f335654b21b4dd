namespace Proxy.Host.CommandLine;

/// <summary>What sort of value a flag takes; only a switch may stand without one.</summary>
internal enum FlagKind
{
    Text,
    Number,
    Duration,
    Switch,
}
