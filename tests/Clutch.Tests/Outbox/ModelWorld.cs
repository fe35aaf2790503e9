using System.Globalization;
using System.Text;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Submitting;

namespace Clutch.Tests.Outbox;

/// <summary>Everything two workers, the database and the target know: small enough to be compared as text.</summary>
internal sealed class ModelWorld
{
    /// <summary>Version 1 and version 2 of one key; -1 while it is not enqueued.</summary>
    public ModelMessage[] Messages { get; private init; } = [new(-1, -1, 0), new(-1, -1, 0)];

    public List<ModelSubmission> Submissions { get; private init; } = [];

    public ModelWorker[] Workers { get; private init; } = [ModelWorker.Idle, ModelWorker.Idle];

    /// <summary>The target's operations.</summary>
    public List<ModelOperation> Operations { get; private init; } = [];

    /// <summary>A second copy of a request on its way: its key and members; -1 for none.</summary>
    public (int Key, int Members, int Submission) Copy { get; set; } = (-1, 0, -1);

    /// <summary>The version the target has.</summary>
    public int Target { get; set; }

    public int Crashes { get; set; } = 1;

    public int Duplicates { get; set; } = 1;

    public int Forgets { get; set; } = 1;

    /// <summary>Leases that may still run out under a live holder.</summary>
    public int Expiries { get; set; } = 1;

    /// <summary>Items that may still fail for a moment.</summary>
    public int ItemFaults { get; set; }

    public int NextKey { get; set; } = 100;

    public bool IsOver => Messages.All(static message => message.State >= 3);

    public ModelWorld Clone() => new()
    {
        Messages = [.. Messages],
        Submissions = [.. Submissions],
        Workers = [.. Workers],
        Operations = [.. Operations],
        Copy = Copy,
        Target = Target,
        Crashes = Crashes,
        Duplicates = Duplicates,
        Forgets = Forgets,
        Expiries = Expiries,
        ItemFaults = ItemFaults,
        NextKey = NextKey,
    };

    /// <summary>Fences only differ or do not, and the workers are alike: what is the same in that sense becomes the same text.</summary>
    public string Key()
    {
        for (var i = 0; i < Workers.Length; i++)
        {
            if (Workers[i] is { Facts: { } facts, Submission: var index } worker)
                Workers[i] = worker with { Facts = facts with { Fence = facts.Fence == Submissions[index].Fence ? 1 : 0 } };
        }

        for (var i = 0; i < Submissions.Count; i++)
            Submissions[i] = Submissions[i].State is SubmissionState.Closed ? ModelSubmission.Ended : Submissions[i] with { Fence = 1 };
        for (var i = 0; i < Operations.Count; i++)
        {
            // Nobody will ever ask for it again, and no copy of its request is on its way.
            if (Operations[i].State is not ModelOperationState.Accepted && Submissions[Operations[i].Submission].State is SubmissionState.Closed
                && Copy.Submission != Operations[i].Submission && !Array.Exists(Workers, worker => worker.Submission == Operations[i].Submission))
                Operations[i] = ModelOperation.Past;
        }

        var text = new StringBuilder();
        foreach (var message in Messages)
            text.Append(CultureInfo.InvariantCulture, $"{message.State},{message.Submission},{message.Attempts};");
        foreach (var submission in Submissions)
            text.Append(CultureInfo.InvariantCulture, $"|{(int)submission.State},{(submission.IsLeased ? 1 : 0)},{submission.Attempts},{submission.BaseAttempts},{submission.Rounds},{submission.Members},{submission.Operation}");
        foreach (var worker in Workers.Select(static worker => worker.Key()).Order(StringComparer.Ordinal))
            text.Append('/').Append(worker);
        foreach (var operation in Operations)
            text.Append(CultureInfo.InvariantCulture, $"+{operation.Key},{operation.Members},{(int)operation.State},{operation.Outcomes}");
        text.Append(CultureInfo.InvariantCulture, $"#{Copy.Key},{Target},{Crashes}{Duplicates}{Forgets}{Expiries}{ItemFaults}");
        return text.ToString();
    }
}

internal readonly record struct ModelMessage(int State, int Submission, int Attempts);

internal readonly record struct ModelSubmission(SubmissionState State, long Fence, bool IsLeased, int Attempts, int BaseAttempts, int Rounds, int Members, int Operation)
{
    public static ModelSubmission Ended { get; } = new(SubmissionState.Closed, 1, false, 0, 0, 0, 0, -1);
}

internal enum ModelOperationState
{
    Accepted,
    Done,
    Forgotten,
}

/// <param name="Key">The key it was accepted under.</param>
/// <param name="Members">Versions it carries, as bits.</param>
/// <param name="State">How it stands.</param>
/// <param name="Outcomes">The outcome of each version, two bits each.</param>
/// <param name="Submission">Whose it is.</param>
internal readonly record struct ModelOperation(int Key, int Members, ModelOperationState State, int Outcomes, int Submission)
{
    public static ModelOperation Past { get; } = new(-2, 0, ModelOperationState.Forgotten, 0, 0);

    public ItemOutcome OutcomeOf(int message) => (ItemOutcome)((Outcomes >> (2 * message)) & 3);
}

/// <summary>What one worker holds in memory: a leased submission, or the answer to it; or a leased operation, or its status.</summary>
internal sealed record ModelWorker(string Phase, int Submission, SubmissionFacts? Facts, int Operation = -1, SubmitResult? Result = null, OperationStatus? Status = null)
{
    public static ModelWorker Idle { get; } = new("idle", -1, null);

    public string Key() => Facts is null
        ? Phase
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Phase},{Submission},{Operation},{Facts.Fence},{(int)Facts.State},{Facts.Attempts},{Facts.Rounds},{Result?.GetType().Name},{(Result as SubmitResult.Accepted)?.Operation.CorrelationId},{(int?)Status?.State},{string.Concat(Status?.Items.Select(static item => $"{item.ItemId}{(int)item.Outcome}") ?? [])}");
}
