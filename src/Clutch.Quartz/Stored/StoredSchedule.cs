using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Quartz;

namespace Clutch.Scheduling.Stored;

/// <summary>A schedule as it lies in the scheduler's job data: every value a text.</summary>
internal sealed record StoredSchedule
{
    /// <summary>The group of the jobs and triggers that are schedules.</summary>
    public const string Group = "clutch-schedules";

    private const int MaxChanges = 20;

    public required ScheduleDefinition Definition { get; init; }

    /// <summary>What the code said when it was last deployed, or null where no code ever named it.</summary>
    public ScheduleDefinition? Code { get; init; }

    public required ScheduleOrigin Origin { get; init; }

    /// <summary>Whether it was deleted: what is left keeps the next deployment from creating it anew.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>The program whose code names it, or null.</summary>
    public string? Program { get; init; }

    public required int Revision { get; init; }

    /// <summary>The latest changes, newest first.</summary>
    public required IReadOnlyList<ScheduleChange> Changes { get; init; }

    public static JobKey KeyOf(string name) => new(name, Group);

    public static TriggerKey TriggerKeyOf(string name) => new(name, Group);

    public static StoredSchedule Read(JobDataMap data) => new()
    {
        Definition = ScheduleJson.Read(data.GetString("definition")!),
        Code = data.TryGetString("code", out var code) && code is not null ? ScheduleJson.Read(code) : null,
        Origin = Enum.Parse<ScheduleOrigin>(data.GetString("origin")!),
        IsDeleted = data.GetString("deleted") is "true",
        Program = data.TryGetString("program", out var program) ? program : null,
        Revision = int.Parse(data.GetString("revision")!, CultureInfo.InvariantCulture),
        Changes = JsonSerializer.Deserialize(data.GetString("changes")!, StoredJson.Default.ListScheduleChange) ?? [],
    };

    public JobDataMap Write()
    {
        var data = new JobDataMap
        {
            { "definition", ScheduleJson.Write(Definition) },
            { "origin", Origin.ToString() },
            { "deleted", IsDeleted ? "true" : "false" },
            { "revision", Revision.ToString(CultureInfo.InvariantCulture) },
            { "changes", JsonSerializer.Serialize([.. Changes], StoredJson.Default.ListScheduleChange) },
        };
        if (Code is not null)
            data.Add("code", ScheduleJson.Write(Code));
        if (Program is not null)
            data.Add("program", Program);
        return data;
    }

    /// <summary>The same with one more change on record.</summary>
    public StoredSchedule With(ScheduleChange change) => this with { Revision = Revision + 1, Changes = [change, .. Changes.Take(MaxChanges - 1)] };
}

/// <summary>The changes of a schedule as JSON.</summary>
[JsonSerializable(typeof(List<ScheduleChange>))]
internal sealed partial class StoredJson : JsonSerializerContext;
