using System.Globalization;

namespace Proxy.Core.Tls.Certificates;

/// <summary>
/// Logs that a certificate is about to expire (30, 7 and 1 days before), that it has expired, or is not valid yet.
/// </summary>
internal sealed class ExpiryWatch(Action<string> report, TimeProvider time)
{
    private static readonly int[] DaysBefore = [0, 1, 7, 30];

    public void Check(string name, ServerCertificate certificate)
    {
        var now = time.GetUtcNow().UtcDateTime;
        CheckValidFrom(name, certificate, now);
        var left = certificate.Expiry - now;
        var days = Array.Find(DaysBefore, days => left <= TimeSpan.FromDays(days));
        if (left > TimeSpan.FromDays(DaysBefore[^1]) || days >= certificate.DaysWarned) return;
        certificate.DaysWarned = days;
        report(left <= TimeSpan.Zero
            ? $"certificate \"{name}\" expired on {Text(certificate.Expiry)}: clients reject it; renew it"
            : $"certificate \"{name}\" expires on {Text(certificate.Expiry)}: renew it");
    }

    private void CheckValidFrom(string name, ServerCertificate certificate, DateTime now)
    {
        if (certificate.ValidFrom <= now || certificate.IsEarlyWarned) return;
        certificate.IsEarlyWarned = true;
        report($"certificate \"{name}\" is not valid before {Text(certificate.ValidFrom)}: clients reject it until " +
            "then; if that is in the past, correct the clock");
    }

    private static string Text(DateTime utc) =>
        utc.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";
}
