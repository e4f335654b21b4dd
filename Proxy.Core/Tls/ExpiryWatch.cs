using System.Globalization;

namespace Proxy.Core.Tls;

/// <summary>Says in the log that a certificate is about to end: 30, 7 and 1 days before, and when it has.</summary>
internal sealed class ExpiryWatch(Action<string> report, TimeProvider time)
{
    private static readonly int[] DaysBefore = [0, 1, 7, 30];

    public void Look(string name, ServerCertificate certificate)
    {
        var left = certificate.Expiry - time.GetUtcNow().UtcDateTime;
        var days = Array.Find(DaysBefore, days => left <= TimeSpan.FromDays(days));
        if (left > TimeSpan.FromDays(DaysBefore[^1]) || days >= certificate.DaysWarned) return;
        certificate.DaysWarned = days;
        var verb = left <= TimeSpan.Zero ? "expired" : "expires";
        var date = certificate.Expiry.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        report($"certificate \"{name}\" {verb} on {date} UTC");
    }
}
