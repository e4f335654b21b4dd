using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Benchmarks.Harness.Load;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>The certificate of the TLS scenario.</summary>
internal static class Certificate
{
    public static string Name => LoadOrder.HostName(0);

    /// <summary>Writes <c>NAME.crt</c> and <c>NAME.key</c> into a new folder and returns it.</summary>
    public static string WriteInto(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));

        var place = Directory.CreateDirectory(Path.Combine(folder, "certificates")).FullName;
        File.WriteAllText(Path.Combine(place, $"{Name}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(place, $"{Name}.key"), key.ExportPkcs8PrivateKeyPem());
        return place;
    }
}
