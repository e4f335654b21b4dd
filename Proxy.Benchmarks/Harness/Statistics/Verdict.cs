using System.Text.Json.Serialization;

namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>What can be said of two builds. Less is better in all that is measured.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
internal enum Verdict
{
    /// <summary>Too few rounds, or too few requests in each.</summary>
    None,

    NoDifferenceSeen,

    Better,

    Worse,
}
