namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>Where a figure lies with 99 percent confidence.</summary>
internal readonly record struct Interval(double Low, double High);
