using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Clutch.Scheduling;

/// <summary>Definitions as JSON, in one form: equal definitions give equal texts.</summary>
public static class ScheduleJson
{
    /// <summary>The definition as JSON.</summary>
    public static string Write(ScheduleDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("name", definition.Name);
        json.WriteString("job", definition.JobName);
        json.WriteStartObject("parameters");
        foreach (var (name, value) in definition.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
            json.WriteString(name, value);
        json.WriteEndObject();
        WriteTrigger(json, definition.Trigger);
        json.WriteString("timeZone", definition.TimeZone);
        json.WriteString("misfire", definition.Misfire.ToString());
        json.WriteString("misfireThreshold", Text(definition.MisfireThreshold));
        json.WriteString("overlap", definition.Overlap.ToString());
        json.WriteString("identity", definition.Identity.ToString());
        json.WriteString("spread", Text(definition.Spread));
        json.WriteString("jitter", Text(definition.Jitter));
        if (definition.StartsAt is { } start)
            json.WriteString("startsAt", start.ToUniversalTime());
        if (definition.EndsAt is { } end)
            json.WriteString("endsAt", end.ToUniversalTime());
        if (definition.NodeLabel is { } label)
            json.WriteString("nodeLabel", label);
        if (definition.Description is { } description)
            json.WriteString("description", description);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The definition that <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">The text is something else.</exception>
    public static ScheduleDefinition Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new()
        {
            Name = root.GetProperty("name").GetString()!,
            JobName = root.GetProperty("job").GetString()!,
            Parameters = root.GetProperty("parameters").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!, StringComparer.Ordinal),
            Trigger = root.TryGetProperty("cron", out var cron) ? new ScheduleTrigger.Cron(cron.GetString()!) : new ScheduleTrigger.Every(Span(root, "every")),
            TimeZone = root.GetProperty("timeZone").GetString()!,
            Misfire = Enum.Parse<MisfireRule>(root.GetProperty("misfire").GetString()!),
            MisfireThreshold = Span(root, "misfireThreshold"),
            Overlap = Enum.Parse<OverlapRule>(root.GetProperty("overlap").GetString()!),
            Identity = Enum.Parse<FiringIdentity>(root.GetProperty("identity").GetString()!),
            Spread = Span(root, "spread"),
            Jitter = Span(root, "jitter"),
            StartsAt = root.TryGetProperty("startsAt", out var start) ? start.GetDateTimeOffset() : null,
            EndsAt = root.TryGetProperty("endsAt", out var end) ? end.GetDateTimeOffset() : null,
            NodeLabel = root.TryGetProperty("nodeLabel", out var label) ? label.GetString() : null,
            Description = root.TryGetProperty("description", out var description) ? description.GetString() : null,
        };
    }

    private static void WriteTrigger(Utf8JsonWriter json, ScheduleTrigger trigger)
    {
        if (trigger is ScheduleTrigger.Cron cron)
            json.WriteString("cron", cron.Expression);
        if (trigger is ScheduleTrigger.Every every)
            json.WriteString("every", Text(every.Interval));
    }

    private static string Text(TimeSpan span) => span.ToString("c", System.Globalization.CultureInfo.InvariantCulture);

    private static TimeSpan Span(JsonElement root, string name) => TimeSpan.ParseExact(root.GetProperty(name).GetString()!, "c", System.Globalization.CultureInfo.InvariantCulture);
}
