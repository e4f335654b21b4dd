using System.Text;

namespace Proxy.Core.Dns;

/// <summary>The files that configure how names are resolved, read again when they change.</summary>
internal sealed class ResolverFiles
{
    /// <summary>The most that is read of one file; a larger one is truncated.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    private readonly WatchedFile _hosts;
    private readonly WatchedFile _resolver;
    private readonly WatchedFile _switch;
    private readonly string _machine = System.Net.Dns.GetHostName();

    /// <summary>Reads the files for the first time.</summary>
    public ResolverFiles(NameSettings settings)
    {
        _hosts = new WatchedFile(settings.HostsFile);
        _resolver = new WatchedFile(settings.ResolverFile);
        _switch = new WatchedFile(settings.SwitchFile);
        Refresh();
        Current ??= Parse();
    }

    /// <summary>The content of the files when they were last read.</summary>
    public Content Current { get; private set; }

    /// <summary>Reads the files that have changed; true if any has.</summary>
    public bool Refresh()
    {
        var isChanged = _hosts.Refresh() | _resolver.Refresh() | _switch.Refresh();
        if (isChanged) Current = Parse();
        return isChanged;
    }

    private Content Parse() => new(
        new HostsTable(_hosts.Text),
        ResolverOptions.Parse(_resolver.Text, _machine),
        NameSwitchFile.Parse(_switch.Text));

    /// <summary>The content of all three at one time.</summary>
    public sealed record Content(HostsTable Hosts, ResolverOptions Options, NameSwitch Switch);

    /// <summary>A file that may change, be removed and reappear.</summary>
    private sealed class WatchedFile(string path)
    {
        private (DateTime ChangedAt, long Length)? _seen = (default, -1);

        public string Text { get; private set; } = "";

        // By an open handle: resolv.conf is often a link to a file that is replaced.
        public bool Refresh()
        {
            try
            {
                if (!File.Exists(path)) return Lose();
                using var file = File.OpenHandle(path);
                var now = (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
                if (_seen == now) return false;
                _seen = now;
                var bytes = new byte[Math.Min(now.Item2, BytesMax)];
                Text = Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return Lose();
            }
        }

        private bool Lose()
        {
            if (_seen is null) return false;
            (_seen, Text) = (null, "");
            return true;
        }
    }
}
