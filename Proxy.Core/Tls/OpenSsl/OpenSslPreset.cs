namespace Proxy.Core.Tls.OpenSsl;

/// <summary>
/// A preset as a configuration file of OpenSSL. It applies to the whole process and must be set before OpenSSL is used
/// for the first time. (.NET's own list of cipher suites per connection would cost session resumption.)
/// </summary>
internal static class OpenSslPreset
{
    private const string Authenticated =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" +
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" +
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

    private const string Older =
        ":ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA" +
        ":ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA" +
        ":AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA";

    // The signatures of TLS 1.0 and 1.1 are below every other security level.
    private const string AnySecurityLevel = ":@SECLEVEL=0";

    public static string TextOf(TlsPreset preset) => $"""
        openssl_conf = settings
        [settings]
        ssl_conf = sections
        [sections]
        system_default = tls
        [tls]
        MinProtocol = {(preset == TlsPreset.Old ? "TLSv1" : "TLSv1.2")}
        CipherString = {SuitesOf(preset)}
        Ciphersuites = TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
        Groups = X25519:P-256:P-384
        Options = ServerPreference

        """;

    private static string SuitesOf(TlsPreset preset) => preset switch
    {
        TlsPreset.Modern => Authenticated,
        TlsPreset.Intermediate => Authenticated + Older,
        _ => Authenticated + Older + AnySecurityLevel,
    };
}
