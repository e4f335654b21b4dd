namespace Proxy.Core.Tls;

/// <summary>Certificates as files of a folder: <c>NAME.crt</c> with its chain beside <c>NAME.key</c>.</summary>
public sealed class CertificateFolder(string folder) : ICertificateStore
{
    /// <summary>The largest file that is read.</summary>
    public const int FileBytesMax = 1024 * 1024;

    /// <inheritdoc/>
    public async Task<CertificatePem?> ReadAsync(string name)
    {
        var certificate = await ReadFileAsync(name + ".crt");
        var key = await ReadFileAsync(name + ".key");
        if (certificate is null && key is null) return null;
        if (certificate is null) throw new BrokenCertificateException($"{name}.crt is missing beside {name}.key");
        return key is null
            ? throw new BrokenCertificateException($"{name}.key is missing beside {name}.crt")
            : new CertificatePem(certificate, key);
    }

    /// <inheritdoc/>
    public long VersionOf(string name) => ICertificateStore.Untold;

    private async Task<string?> ReadFileAsync(string file)
    {
        try
        {
            var path = Path.Combine(folder, file);
            if (!File.Exists(path)) return null;
            if (new FileInfo(path).Length > FileBytesMax) throw new BrokenCertificateException($"{file} is too large");
            return await File.ReadAllTextAsync(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BrokenCertificateException(e.Message, e);
        }
    }
}
