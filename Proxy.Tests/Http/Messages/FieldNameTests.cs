using System.Text;
using NUnit.Framework;
using Proxy.Http.Messages;

namespace Proxy.Tests.Http.Messages;

/// <summary>The fields a proxy must know, in any spelling, and nothing that only looks like one.</summary>
internal sealed class FieldNameTests
{
    private static readonly (string Name, FieldName Known)[] Names =
    [
        ("Authorization", FieldName.Authorization),
        ("Connection", FieldName.Connection),
        ("Content-Encoding", FieldName.ContentEncoding),
        ("Content-Length", FieldName.ContentLength),
        ("Content-Range", FieldName.ContentRange),
        ("Content-Type", FieldName.ContentType),
        ("Cookie", FieldName.Cookie),
        ("Date", FieldName.Date),
        ("Expect", FieldName.Expect),
        ("Host", FieldName.Host),
        ("HTTP2-Settings", FieldName.Http2Settings),
        ("Keep-Alive", FieldName.KeepAlive),
        ("Max-Forwards", FieldName.MaxForwards),
        ("Proxy-Authenticate", FieldName.ProxyAuthenticate),
        ("Proxy-Authorization", FieldName.ProxyAuthorization),
        ("Proxy-Connection", FieldName.ProxyConnection),
        ("Referer", FieldName.Referer),
        ("Set-Cookie", FieldName.SetCookie),
        ("TE", FieldName.Te),
        ("Trailer", FieldName.Trailer),
        ("Transfer-Encoding", FieldName.TransferEncoding),
        ("Upgrade", FieldName.Upgrade),
        ("User-Agent", FieldName.UserAgent),
        ("WWW-Authenticate", FieldName.WwwAuthenticate),
        ("X-Debug-Router", FieldName.XDebugRouter),
        ("X-Forwarded-For", FieldName.XForwardedFor),
        ("X-Forwarded-Host", FieldName.XForwardedHost),
        ("X-Forwarded-Proto", FieldName.XForwardedProto),
        ("X-Host", FieldName.XHost),
    ];

    [Test]
    public void EveryKnownField_IsListedHere() => Assert.That(
        Names.Select(n => n.Known).Append(FieldName.Other), Is.EquivalentTo(Enum.GetValues<FieldName>()));

    [TestCaseSource(nameof(Names))]
    public void Name_IsFoundInAnyCase((string Name, FieldName Known) field) => Assert.Multiple(() =>
    {
        Assert.That(Known(field.Name), Is.EqualTo(field.Known));
        Assert.That(Known(field.Name.ToLowerInvariant()), Is.EqualTo(field.Known));
        Assert.That(Known(field.Name.ToUpperInvariant()), Is.EqualTo(field.Known));
    });

    [TestCaseSource(nameof(Names))]
    public void AnyOtherByte_MakesAnotherName((string Name, FieldName Known) field)
    {
        for (var i = 0; i < field.Name.Length; i++)
        {
            Assert.That(Known(field.Name.Remove(i, 1)), Is.Not.EqualTo(field.Known));
            Assert.That(Known(field.Name.Insert(i, "-")), Is.Not.EqualTo(field.Known));
            for (var b = '\0'; b <= '\u00ff'; b++)
            {
                var changed = field.Name[..i] + b + field.Name[(i + 1)..];
                var isSame = string.Equals(changed, field.Name, StringComparison.OrdinalIgnoreCase);
                Assert.That(Known(changed) == field.Known, Is.EqualTo(isSame), changed);
            }
        }
    }

    private static FieldName Known(string name) =>
        name.Length == 0 ? FieldName.Other : FieldNames.Known(Encoding.Latin1.GetBytes(name));
}
