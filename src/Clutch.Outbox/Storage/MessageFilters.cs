using Clutch.Outbox.Administration;
using Clutch.Relational;

namespace Clutch.Outbox.Storage;

/// <summary>An operator's filter as conditions; what is null does not matter. The same on both databases.</summary>
internal static class MessageFilters
{
    /// <summary>Of failed messages.</summary>
    public const string Failed = $"status = 4 AND {Common}";

    /// <summary>Of messages that wait and are in no submission.</summary>
    public const string Waiting = $"status = 0 AND {Common}";

    /// <summary>Of rows of the view, whose status is a word.</summary>
    public const string View = $"(CAST(@status AS text) IS NULL OR status = @status) AND {Common}";

    /// <summary>Of a failed <c>message</c>, whether it is not worth another attempt: a newer version is synced or under way, or failed too where the latest wins.</summary>
    /// <remarks>A newer version that an operator cancelled (3) is not wanted, so it stands in nobody's way.</remarks>
    public const string Outdated = """
        EXISTS (
                    SELECT 1
                    FROM clutch_outbox_message AS newer
                    WHERE newer.channel = message.channel AND newer.group_name = message.group_name AND newer.key = message.key AND newer.version > message.version
                        AND (newer.status IN (0, 1, 3) OR @latest_wins = 1 AND newer.status = 4 AND newer.failure_kind <> 3))
        """;

    private const string Common = """
        channel = @channel
                AND (CAST(@group AS text) IS NULL OR group_name = @group)
                AND (CAST(@key AS text) IS NULL OR key = @key)
                AND (CAST(@failure_kind AS integer) IS NULL OR failure_kind = @failure_kind)
                AND (CAST(@problem_type AS text) IS NULL OR problem_type = @problem_type)
                AND (@no_problem_type = 0 OR coalesce(problem_type, '') = '')
        """;

    public static Statement With(this Statement statement, MessageFilter filter) => statement
        .With("channel", filter.Channel)
        .With("group", filter.Group)
        .With("key", filter.Key)
        .With("status", filter.Status?.ToString().ToUpperInvariant())
        .With("failure_kind", (int?)filter.FailureKind)
        .With("problem_type", filter.ProblemType)
        .With("no_problem_type", filter.HasNoProblemType ? 1 : 0);
}
