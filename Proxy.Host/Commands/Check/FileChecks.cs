using Proxy.Core;
using Proxy.Core.Linux;
using Proxy.Core.Routing.Files;
using Proxy.Core.Transport.Admission;

namespace Proxy.Host.Commands.Check;

/// <summary>Whether files can be read and written, and how many may be open.</summary>
internal static class FileChecks
{
    private const int ComplaintsShown = 5;

    /// <summary>Fewer than this is the default of old shells, and not meant for a server.</summary>
    private const long OpenFilesFew = 4096;

    public static Finding OpenFiles(Settings settings)
    {
        var files = Core.Linux.OpenFiles.RaiseLimit();
        if (files == 0) return Finding.Fine("open files: their limit is not known here");
        var possible = ConnectionBounds.Possible(files, settings.Threads);
        var text = $"open files: at most {files}, enough for {possible} clients at once";
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
            return Unusable($"cannot read the routes in {path}: {e.Message}", "routes");
        }
    }

    public static Finding Snapshot(string path)
    {
        try
        {
            // It is replaced whole, by way of a file beside it.
            TryFolderOf(path);
            return File.Exists(path) ? OfRouteFile(path, "snapshot") : Finding.Fine($"snapshot {path}: none yet");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable($"cannot keep a snapshot in {path}: {e.Message}", "snapshot");
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
            return Unusable($"cannot write the access log {path}: {e.Message}", "access-log");
        }
    }

    private static Finding OfRouteFile(string path, string flag)
    {
        var complaints = new List<string>();
        var hosts = RouteFile.Read(path, complaints.Add).Count;
        var text = $"{flag} {path}: {hosts} hosts";
        if (complaints.Count == 0) return Finding.Fine(text);
        var shown = string.Join("; ", complaints.Take(ComplaintsShown));
        return new Finding(Severity.Warning, $"{text}; {complaints.Count} lines are not used: {shown}")
        {
            Flags = [flag],
            Advice = "correct them; they are redis-cli commands, one a line",
        };
    }

    // A link may lead to a file that is not there yet.
    private static string EndOfLinks(string path) => new FileInfo(path).LinkTarget is null
        ? path
        : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;

    // Nothing is left behind, and a file that a running proxy makes meanwhile is not touched.
    private static void TryFolderOf(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var probe = Path.Combine(folder, $".planb-check-{Guid.NewGuid():N}");
        File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
    }

    private static Finding Unusable(string text, string flag) => new(Severity.Problem, text)
    {
        Flags = [flag],
        Advice = "correct the path, or let the user that planb runs as use it",
    };
}
