using NUnit.Framework;

namespace Proxy.Tests.Tidy;

/// <summary>The reader that the tidy tests stand on finds what is there, and is not misled by literals.</summary>
public sealed class CSharpTextTests
{
    [TestCase("a // b \" c\nd", "a         \nd")]
    [TestCase("a /* { */ b", "a         b")]
    [TestCase("x = \"}\\\"{\"; y", "x =       ; y")]
    [TestCase("x = @\"}\"\"{\"; y", "x =        ; y")]
    [TestCase("x = '}'; y", "x =    ; y")]
    [TestCase("x = '\\''; y", "x =     ; y")]
    [TestCase("x = $\"a{F(\"}\")}b\"; y", "x =     F(   )   ; y")]
    [TestCase("x = $\"{{a}}\"; y", "x =         ; y")]
    [TestCase("x = \"\"\"\n{\"\n\"\"\"; y", "x =    \n  \n   ; y")]
    [TestCase("x = $$\"\"\"{a}{{b}}\"\"\"; y", "x =           b     ; y")]
    public void Code_HasBlanksForCommentsAndLiterals(string text, string code) =>
        Assert.That(new CSharpText(text).Code, Is.EqualTo(code));

    [Test]
    public void Comments_HaveBlanksForTheRest() =>
        Assert.That(new CSharpText("a \"// no\" // yes\n").Comments, Is.EqualTo("          // yes\n"));

    [Test]
    public void Members_AreFoundWithTheirLines()
    {
        const string code = """
            namespace A;

            internal sealed class B(int c) : D
            {
                private const int E = 1;

                public int F { get; } = G(1);

                public int H(int[] i) =>
                    i switch
                    {
                        [] => 1,
                        _ => 2,
                    };

                public void J()
                {
                    if (K) { L(); }
                }

                private record M(int N)
                {
                    public int O() => 1;
                }
            }
            """;
        var members = Members.Of(code).Where(member => member.Name.StartsWith('p')).ToArray();
        Assert.That(members, Is.EqualTo(new[]
        {
            ("private const int E = 1;", 5, 1),
            ("public int F", 7, 1),
            ("public int H(int[] i) =>", 9, 6),
            ("public void J()", 16, 4),
            ("public int O() => 1;", 23, 1),
        }));
    }
}
