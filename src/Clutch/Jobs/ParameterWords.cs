namespace Clutch.Jobs;

/// <summary>How messages call the types of parameters, for people who know no .NET.</summary>
internal static class ParameterWords
{
    private static readonly Dictionary<Type, string> ByType = new()
    {
        [typeof(string)] = "a text",
        [typeof(bool)] = "'true' or 'false'",
        [typeof(int)] = $"a whole number from {int.MinValue} to {int.MaxValue}",
        [typeof(long)] = $"a whole number from {long.MinValue} to {long.MaxValue}",
        [typeof(decimal)] = "a number such as 1234.5",
        [typeof(double)] = "a number such as 1234.5",
        [typeof(float)] = "a number such as 1234.5",
        [typeof(DateOnly)] = "a date such as 2026-11-22",
        [typeof(DateTime)] = "a date and time such as 2026-11-22T08:00:00",
        [typeof(DateTimeOffset)] = "an instant such as 2026-11-22T08:00:00Z",
        [typeof(TimeOnly)] = "a time of day such as 08:00:00",
        [typeof(TimeSpan)] = "a duration such as 01:30:00",
        [typeof(Guid)] = "a UUID",
    };

    public static string Of(Type type) => ByType.GetValueOrDefault(type) ?? $"a {type.Name}";
}
