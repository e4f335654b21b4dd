using Proxy.Core;
using Proxy.Http.Telemetry;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>How often something failed: several failures may have one outcome, which is what is counted.</summary>
internal static class FailureCounts
{
    public static long Sum(this ExchangeMeter meter, Failure failure) => meter.Sum(ExchangeOutcomes.Of(failure));
}
