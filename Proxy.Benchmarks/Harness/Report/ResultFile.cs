using System.Text.Json;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary><c>result.json</c>.</summary>
internal static class ResultFile
{
    public const string Name = "result.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        // No infinities in JSON: a ratio to nothing is written as text.
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Write(BenchResult result, string path) =>
        File.WriteAllText(path, JsonSerializer.Serialize(result, Options) + "\n");

    /// <exception cref="BenchFailure">There is no such file, or it is none of ours.</exception>
    public static BenchResult Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchResult>(File.ReadAllText(path), Options)
                ?? throw new BenchFailure($"{path} holds no result");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new BenchFailure($"cannot read {path}: {e.Message}", e);
        }
    }
}
