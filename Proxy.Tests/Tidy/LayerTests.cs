using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;

namespace Proxy.Tests.Tidy;

/// <summary>Who may know whom (docs/architecture.md), read from the project references and from the code.</summary>
public sealed class LayerTests
{
    // HTTP knows neither the command line, nor where routes are kept, nor sockets.
    private const string NoStores = @"|^using CommandLine|\bStackExchange\b|Redis|\bSystem\.Net\.Sockets\b";

    [TestCase("Proxy.Core")]
    [TestCase("Proxy.Http", "Proxy.Core")]
    [TestCase("Proxy.Http1", "Proxy.Http")]
    [TestCase("Proxy.Host", "Proxy.Http1", "Proxy.Http2")]
    public void Project_RefersOnlyToTheLayerBelow(string project, params string[] allowed)
    {
        var references = XDocument.Load(Repository.FullPath($"{project}/{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        Assert.That(references, Is.SubsetOf(allowed));
    }

    [TestCase("Proxy.Core/", @"\bProxy\.(Http|Http1|Http2|Host)\b|^using CommandLine")]
    [TestCase("Proxy.Http/", @"\bHttp[12](?!Settings)[A-Z]|\bProxy\.(Http1|Http2|Host)\b" + NoStores)]
    [TestCase("Proxy.Http1/", @"\bHttp2[A-Z]|\bProxy\.(Http2|Host)\b" + NoStores)]
    [TestCase("Proxy.Http2/", @"\bHttp1[A-Z]|\bProxy\.(Http1|Host)\b" + NoStores)]
    [TestCase("Proxy.Benchmarks/", @"^using CommandLine")]
    [TestCase("Proxy.Http/Messages/", @"^using (static )?(?!System\b|Proxy\.Http\.Messages\b)|\bProxy\.Core\b")]
    [TestCase("Proxy.Http1/Grammar/", @"^using (static )?(?!System\b|Proxy\.Http\.Messages\b)|\bProxy\.Core\b")]
    [TestCase("Proxy.Core/Transport/Sockets/", @"\b(Linux|Epoll)\b")]
    [TestCase("Proxy.Core/Transport/Epoll/", @"\bTransport\.Sockets\b|\bPipelines\.Sockets\b")]
    [TestCase("Proxy.Core/Routing/", @"\b(?<!System\.\w*\.?)(Transport|Redis|Tls|Telemetry)(\.|;)|\bStackExchange\b")]
    [TestCase("Proxy.Core/Telemetry/", @"\b(Transport|Redis|Tls|Routing)(\.|;)|\bStackExchange\b")]
    public void Layer_DoesNotSay(string folder, string forbidden)
    {
        var offences =
            from path in Repository.Code
            where path.StartsWith(folder, StringComparison.Ordinal)
            from line in new CSharpText(Repository.Read(path)).Code.Split('\n')
            where Regex.IsMatch(line, forbidden)
            select $"{path}: {line.Trim()}";
        Assert.That(offences.ToArray(), Is.Empty);
    }
}
