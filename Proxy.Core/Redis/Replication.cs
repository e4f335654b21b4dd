namespace Proxy.Core.Redis;

/// <summary>Whose data a server holds, as INFO replication says.</summary>
/// <param name="IsReplica">Whether it copies a primary.</param>
/// <param name="IsInSync">Whether it is a primary, or a replica that has a complete copy and is linked.</param>
/// <param name="Id">The history of the data; another one after a primary started empty.</param>
/// <param name="FormerId">The history that this one continues, after a replica became the primary.</param>
internal sealed record Replication(bool IsReplica, bool IsInSync, string Id, string FormerId)
{
    /// <summary>The command whose reply this is.</summary>
    public static readonly string[] Command = ["INFO", "replication"];

    /// <summary>Reads a reply to <see cref="Command"/>; null if it is something else.</summary>
    public static Replication? Of(in RespValue reply)
    {
        if (reply.Kind is not RespKind.Text || !reply.Bytes.AsSpan().StartsWith("# Replication"u8)) return null;
        var (isReplica, isLinked, isSyncing, id, former) = (false, false, false, "", "");
        foreach (var line in reply.ToString().Split("\r\n"))
        {
            if (line == "role:slave") isReplica = true;
            else if (line == "master_link_status:up") isLinked = true;
            else if (line == "master_sync_in_progress:1") isSyncing = true;
            else if (line.StartsWith("master_replid:", StringComparison.Ordinal)) id = ValueOf(line);
            else if (line.StartsWith("master_replid2:", StringComparison.Ordinal)) former = ValueOf(line);
        }

        return new Replication(isReplica, !isReplica || (isLinked && !isSyncing), id, former);
    }

    /// <summary>Whether the data of before are the beginning of these: no key is missing but by a command.</summary>
    public bool Continues(Replication? before) => before is not null && (before.Id == Id || before.Id == FormerId);

    private static string ValueOf(string line) => line[(line.IndexOf(':') + 1)..];
}
