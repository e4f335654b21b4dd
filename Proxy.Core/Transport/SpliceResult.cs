using System.IO.Pipelines;

namespace Proxy.Core.Transport;

/// <summary>What <see cref="Connection.SpliceAsync"/> has done.</summary>
/// <param name="Bytes">Bytes that were passed on.</param>
/// <param name="End">
/// How it ended: cancelled when one of the two is overdue, completed when the other one takes no more. Bytes may then
/// be lost, and nothing can follow.
/// </param>
public readonly record struct SpliceResult(long Bytes, FlushResult End);
