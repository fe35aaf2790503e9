using System.Text.Json;

namespace Apps.Tests.FaultPlan;

/// <summary>I13: a fault that met a submission left its trace, in an attempt that was written down or in a further sending.</summary>
internal static class FaultTrace
{
    private static readonly string[] Traced = ["ServerError", "Reset", "Stall", "Truncated", "TooMany", "RateLimit", "ForgottenBefore", "ForgottenAfter"];

    public static async Task<IReadOnlyList<Violation>> FindUnseenAsync(StormWorld world)
    {
        var faults = await world.Fulfilment.ReadLinesAsync("control/faults/log");
        var keys = faults.Where(IsTraced).Select(fault => fault.GetProperty("subject").GetString()!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var attempts = await world.Store.QueryAsync("""
            SELECT submission.idempotency_key, submission.attempts + submission.lost_leases, (SELECT count(*) FROM clutch_outbox_attempt AS attempt WHERE attempt.submission_id = submission.id)
            FROM clutch_outbox_submission AS submission
            """, row => (Key: row.GetValue(0).ToString()!, Sendings: Convert.ToInt64(row.GetValue(1), null), Problems: Convert.ToInt64(row.GetValue(2), null)));
        return [.. attempts.Where(attempt => keys.Contains(attempt.Key) && attempt.Sendings <= 1 && attempt.Problems == 0)
            .Select(attempt => new Violation("I13", null, $"a fault met the submission {attempt.Key}, and nothing tells of it"))];
    }

    private static bool IsTraced(JsonElement fault) => fault.GetProperty("subject").ValueKind is JsonValueKind.String && Traced.Contains(fault.GetProperty("kind").GetString());
}
