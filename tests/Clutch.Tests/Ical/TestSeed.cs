using System.Globalization;

namespace Clutch.Tests.Ical;

/// <summary>The seed of all random data in these tests: always the same, unless CLUTCH_TEST_SEED says otherwise.</summary>
internal static class TestSeed
{
    public static int Value { get; } = int.TryParse(Environment.GetEnvironmentVariable("CLUTCH_TEST_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 20_261_122;
}
