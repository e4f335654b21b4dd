using System.Text.Json.Serialization;

namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>The verdict on two builds. Less is better for every metric.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
internal enum Verdict
{
    /// <summary>Too few rounds, or too few requests in each.</summary>
    None,

    NoSignificantDifference,

    Better,

    Worse,
}
