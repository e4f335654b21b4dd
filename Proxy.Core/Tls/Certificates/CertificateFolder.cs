namespace Proxy.Core.Tls.Certificates;

/// <summary>Certificates as files in a folder: <c>NAME.crt</c> with its chain, and <c>NAME.key</c>.</summary>
public sealed class CertificateFolder(string folder) : ICertificateStore
{
    /// <summary>The largest file that is read.</summary>
    public const int FileBytesMax = 1024 * 1024;

    /// <summary>Throws if the path is not a folder whose files can be listed.</summary>
    /// <exception cref="IOException">It does not exist, or is a file.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static void Check(string folder)
    {
        try
        {
            using var files = Directory.EnumerateFileSystemEntries(folder).GetEnumerator();
            files.MoveNext();
        }
        catch (DirectoryNotFoundException e)
        {
            var path = Path.GetFullPath(folder);
            throw new IOException(File.Exists(path) ? $"{path} is not a folder" : $"there is no folder {path}", e);
        }
    }

    /// <inheritdoc/>
    public async Task<CertificatePem?> ReadAsync(string name)
    {
        var (certificateFile, keyFile) = (name + ".crt", name + ".key");
        var certificate = await ReadFileAsync(certificateFile);
        var key = await ReadFileAsync(keyFile);
        if (certificate is null && key is null) return Absent();
        if (certificate is null)
            throw new InvalidCertificateException($"{certificateFile} is missing next to {keyFile}");
        return key is null
            ? throw new InvalidCertificateException($"{keyFile} is missing next to {certificateFile}")
            : CertificatePem.Decode(certificate, certificateFile, key, keyFile);
    }

    /// <inheritdoc/>
    public IEnumerable<string> Names
    {
        get
        {
            try
            {
                return [.. Directory.EnumerateFiles(folder, "*.key").Select(Path.GetFileNameWithoutExtension).Order()!];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Each certificate that is requested will report it.
                return [];
            }
        }
    }

    /// <inheritdoc/>
    public long VersionOf(string name) => ICertificateStore.Unversioned;

    // A folder that has gone, as when a mount is lost, proves nothing about its certificates.
    private CertificatePem? Absent()
    {
        try
        {
            Check(folder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CertificatesUnavailableException($"{ReasonOf(e)} (--load-certificates-from)", e);
        }
    }

    // The exception of a missing folder is our own, with its path.
    private string ReasonOf(Exception failure) => failure is IOException { InnerException: DirectoryNotFoundException }
        ? failure.Message
        : $"{folder}: {FileFailure.ReasonOf(failure)}";

    private async Task<byte[]?> ReadFileAsync(string file)
    {
        try
        {
            var path = Path.Combine(folder, file);
            if (!File.Exists(path)) return null;
            if (new FileInfo(path).Length > FileBytesMax) throw new InvalidCertificateException($"{file} is too large");
            return await File.ReadAllBytesAsync(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidCertificateException($"{file}: {FileFailure.ReasonOf(e)}", e);
        }
    }
}
