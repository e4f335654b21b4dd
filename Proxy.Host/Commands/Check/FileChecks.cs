using Proxy.Core;
using Proxy.Core.Linux;
using Proxy.Core.Routing.Files;
using Proxy.Core.Transport.Admission;

namespace Proxy.Host.Commands.Check;

/// <summary>Checks of files: that they can be read and written, and how many may be open.</summary>
internal static class FileChecks
{
    private const int FaultsShown = 5;

    /// <summary>Lower limits are defaults of old shells, and not meant for a server.</summary>
    private const long OpenFilesFew = 4096;

    public static Finding OpenFiles(Settings settings)
    {
        var files = Core.Linux.OpenFiles.RaiseLimit();
        if (files == 0) return Finding.Fine("open files: the limit is unknown on this system");
        var possible = ConnectionBounds.Possible(files, settings.Threads);
        var text = $"open files: at most {files}, enough for {possible} client connections";
        var isTooFew = possible < settings.ConnectionsMax || files < OpenFilesFew;
        return new Finding(isTooFew ? Severity.Warning : Severity.Fine, text)
        {
            Flags = ["max-connections"],
            Advice = "raise the hard limit: LimitNOFILE= of the unit, ulimit -Hn, --ulimit nofile= of a container",
        };
    }

    public static Finding Routes(string path)
    {
        try
        {
            return OfRouteFile(path, "routes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable($"cannot read the routes in {path}: {FileFailure.ReasonOf(e)}", "routes");
        }
    }

    public static Finding Snapshot(string path)
    {
        try
        {
            // A new snapshot replaces the file, by way of another file in the same folder.
            TryFolderOf(path);
            return File.Exists(path) ? OfRouteFile(path, "snapshot") : Finding.Fine($"snapshot {path}: none yet");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable($"cannot write the snapshot {path}: {FileFailure.ReasonOf(e)}", "snapshot");
        }
    }

    public static Finding AccessLog(string path)
    {
        var isNoFile = path is "none" or "stdout" or "syslog" || path.StartsWith("syslog:", StringComparison.Ordinal);
        if (isNoFile) return Finding.Fine($"access log: {path}");
        try
        {
            if (Directory.Exists(path)) throw new IOException("it is a folder");
            if (!FileRights.IsThereToWrite(path)) TryFolderOf(EndOfLinks(path));
            return Finding.Fine($"access log {path}: can be written");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable($"cannot write the access log {path}: {FileFailure.ReasonOf(e)}", "access-log");
        }
    }

    private static Finding OfRouteFile(string path, string flag)
    {
        var faults = new List<string>();
        var hosts = RouteFile.Read(path, faults.Add).Count;
        var text = $"{flag} {path}: {Plural.Of(hosts, "host")}";
        if (faults.Count == 0) return Finding.Fine(text);
        var shown = string.Join("; ", faults.Take(FaultsShown));
        return new Finding(Severity.Warning, $"{text}; {Plural.Of(faults.Count, "invalid line")}: {shown}")
        {
            Flags = [flag],
            Advice = "correct the lines: each is one redis-cli command",
        };
    }

    // A link may lead to a file that does not exist yet.
    private static string EndOfLinks(string path) => new FileInfo(path).LinkTarget is null
        ? path
        : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;

    // Leaves nothing behind, and does not touch a file that a running proxy creates in the meantime.
    private static void TryFolderOf(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var probe = Path.Combine(folder, $".planb-check-{Guid.NewGuid():N}");
        File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
    }

    private static Finding Unusable(string text, string flag) => new(Severity.Problem, text)
    {
        Flags = [flag],
        Advice = "correct the path, or grant access to the user that planb runs as",
    };
}
