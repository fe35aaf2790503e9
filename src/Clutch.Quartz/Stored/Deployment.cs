namespace Clutch.Scheduling.Stored;

/// <summary>What becomes of a stored schedule when a program is deployed whose code names it, or no longer does.</summary>
internal static class Deployment
{
    /// <summary>Who changes schedules when the program is deployed.</summary>
    public const string Author = "deployment";

    /// <summary>What to store, or null where all stays as it is.</summary>
    public static StoredSchedule? Merge(StoredSchedule? stored, ScheduleDefinition code, string program, DateTimeOffset now)
    {
        if (stored is null)
        {
            return new()
            {
                Definition = code,
                Code = code,
                Origin = ScheduleOrigin.Code,
                Program = program,
                Revision = 1,
                Changes = [new(now, Author, "created", null)],
            };
        }

        if (stored.Code == code && stored.Program == program)
            return null;
        var known = stored with { Code = code, Program = program };
        if (stored.IsDeleted)
            return known;
        if (stored.Origin is ScheduleOrigin.Code)
            return (known with { Definition = code }).With(new(now, Author, "deployed", Before(stored)));
        // Somebody's hand was on it, and stays; code that comes to say the same is code again.
        return known with { Origin = stored.Definition == code ? ScheduleOrigin.Code : ScheduleOrigin.EditedCode };
    }

    /// <summary>Whether the schedule goes with the code that named it.</summary>
    public static bool IsForgotten(StoredSchedule stored, string program, IReadOnlySet<string> names) =>
        stored.Program == program && !names.Contains(stored.Definition.Name) && (stored.Origin is ScheduleOrigin.Code || stored.IsDeleted);

    public static string Before(StoredSchedule stored) => $"before: {ScheduleJson.Write(stored.Definition)}";
}
