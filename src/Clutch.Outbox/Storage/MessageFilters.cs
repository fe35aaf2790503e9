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

    private const string Common = """
        channel = @channel
                AND (CAST(@group AS text) IS NULL OR group_name = @group)
                AND (CAST(@key AS text) IS NULL OR key = @key)
                AND (CAST(@failure_kind AS integer) IS NULL OR failure_kind = @failure_kind)
                AND (CAST(@problem_type AS text) IS NULL OR problem_type = @problem_type)
        """;

    public static Statement With(this Statement statement, MessageFilter filter) => statement
        .With("channel", filter.Channel)
        .With("group", filter.Group)
        .With("key", filter.Key)
        .With("status", filter.Status?.ToString().ToUpperInvariant())
        .With("failure_kind", (int?)filter.FailureKind)
        .With("problem_type", filter.ProblemType);
}
