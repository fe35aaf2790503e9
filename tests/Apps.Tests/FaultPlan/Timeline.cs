using System.Text;

namespace Apps.Tests.FaultPlan;

/// <summary>Everything that is known of one SKU, for a person who looks for the cause of a violation.</summary>
internal static class Timeline
{
    public static async Task<string> OfAsync(SkuName name, StormWorld world, Books books)
    {
        var text = new StringBuilder().AppendLine($"the timeline of {name}:");
        foreach (var sku in books.Source.Where(sku => sku.Name == name))
            text.AppendLine($"  source   {sku}");
        foreach (var sku in books.Target.Where(sku => sku.Name == name))
            text.AppendLine($"  target   {sku}");
        foreach (var sku in books.Known.Where(sku => sku.Name == name))
            text.AppendLine($"  if_sku   {sku}");
        foreach (var message in books.Messages.Where(message => message.Name == name))
            text.AppendLine($"  message  {message}");
        foreach (var effect in books.Ledger.Where(effect => effect.Name == name))
            text.AppendLine($"  effect   {effect}");
        var ids = string.Join(',', books.Messages.Where(message => message.Name == name).Select(message => message.Id).Append(-1));
        var changes = await world.Store.QueryAsync($"""
            SELECT audit.sequence, audit.id, audit.before, audit.after, audit.submission_before, audit.submission_after, submission.idempotency_key, submission.correlation_id
            FROM storm_audit AS audit LEFT JOIN clutch_outbox_submission AS submission ON submission.id = audit.submission_after
            WHERE audit.what = 'message' AND audit.id IN ({ids}) ORDER BY audit.sequence
            """, row => string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => $"{row.GetName(column)}={(row.IsDBNull(column) ? "-" : row.GetValue(column))}")));
        foreach (var change in changes)
            text.AppendLine($"  change   {change}");
        var problems = await world.Store.QueryAsync($"SELECT submission_id, message_id, problem_type, problem_detail FROM clutch_outbox_attempt WHERE message_id IN ({ids})",
            row => string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => row.IsDBNull(column) ? "-" : row.GetValue(column).ToString())));
        foreach (var problem in problems)
            text.AppendLine($"  attempt  {problem}");
        return text.ToString();
    }
}
