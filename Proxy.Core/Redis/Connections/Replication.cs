using System.Text;
using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>Whose data a server holds, according to INFO replication.</summary>
/// <param name="IsReplica">Whether it copies a primary.</param>
/// <param name="IsInSync">Whether it is a primary, or a replica that has a complete copy and is linked.</param>
/// <param name="Id">The history of the data; another one after a primary restarted empty.</param>
/// <param name="FormerId">The history that this one continues, after a replica became the primary.</param>
internal sealed record Replication(bool IsReplica, bool IsInSync, string Id, string FormerId)
{
    /// <summary>The command whose reply this is.</summary>
    public static readonly string[] Command = ["INFO", "replication"];

    /// <summary>Reads a reply to <see cref="Command"/>; null if it is something else.</summary>
    /// <param name="reply">The reply, which arrives each second and is nearly always the same.</param>
    /// <param name="before">An earlier reply: returned if this one is equal.</param>
    public static Replication? Of(in RespValue reply, Replication? before = null)
    {
        ReadOnlySpan<byte> rest = reply.Kind is RespKind.Text ? reply.Bytes : default;
        if (!rest.StartsWith("# Replication"u8)) return null;
        var (isReplica, isLinked, isSyncing) = (false, false, false);
        ReadOnlySpan<byte> id = default, former = default;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 2)..];
            if (line.SequenceEqual("role:slave"u8)) isReplica = true;
            else if (line.SequenceEqual("master_link_status:up"u8)) isLinked = true;
            else if (line.SequenceEqual("master_sync_in_progress:1"u8)) isSyncing = true;
            else if (line.StartsWith("master_replid:"u8)) id = line["master_replid:".Length..];
            else if (line.StartsWith("master_replid2:"u8)) former = line["master_replid2:".Length..];
        }

        var isInSync = !isReplica || (isLinked && !isSyncing);
        return before is not null && before.IsReplica == isReplica && before.IsInSync == isInSync &&
            Ascii.Equals(id, before.Id) && Ascii.Equals(former, before.FormerId)
            ? before
            : new Replication(isReplica, isInSync, Encoding.ASCII.GetString(id), Encoding.ASCII.GetString(former));
    }

    /// <summary>Returns whether this data continues earlier data: no key was removed except by a command.</summary>
    public bool Continues(Replication? before) => before is not null && (before.Id == Id || before.Id == FormerId);
}
