using System.Globalization;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Submitting;

namespace Clutch.Tests.Outbox;

/// <summary>Everything two workers, the database and the target know: small enough to be packed and compared.</summary>
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

    /// <summary>Makes alike what has the same future, and answers it packed: equal worlds have equal keys.</summary>
    /// <param name="hasFence">Whether who lost a lease can store nothing any more.</param>
    /// <param name="latestWins">Whether it matters how the newer version ended.</param>
    public string Key(bool hasFence, bool latestWins)
    {
        ForgetWhatEnded(latestWins);
        ForgetFences(hasFence);
        ForgetOperations();
        return Packed();
    }

    private void ForgetWhatEnded(bool latestWins)
    {
        for (var i = 0; i < Messages.Length; i++)
        {
            // An elder version that waits may yet be overtaken, but only by one that has not failed.
            var mattersHow = latestWins && i == 1 && Messages[0].State is 0 or 1;
            if (Messages[i].State >= 3)
                Messages[i] = new(mattersHow ? Messages[i].State : 3, -1, 0);
        }
    }

    /// <summary>Fences only differ or do not; and who holds an answer without the lease stores nothing, so it might as well be idle.</summary>
    private void ForgetFences(bool hasFence)
    {
        for (var i = 0; i < Workers.Length; i++)
        {
            if (Workers[i] is not { Facts: { } facts, Submission: var index } worker)
                continue;
            var isHeld = facts.Fence == Submissions[index].Fence;
            Workers[i] = hasFence && !isHeld && worker.Phase is not "claimed" ? ModelWorker.Idle : worker with { Facts = facts with { Fence = isHeld ? 1 : 0 } };
        }

        for (var i = 0; i < Submissions.Count; i++)
            Submissions[i] = Submissions[i].State is SubmissionState.Closed ? ModelSubmission.Ended : Submissions[i] with { Fence = 1 };
    }

    private void ForgetOperations()
    {
        for (var i = 0; i < Operations.Count; i++)
        {
            // Nobody will ever ask for it again, and no copy of its request is on its way.
            var submission = Operations[i].Submission;
            if (Operations[i].State is not ModelOperationState.Accepted && Submissions[submission].State is SubmissionState.Closed
                && Copy.Submission != submission && !Array.Exists(Workers, worker => worker.Submission == submission))
                Operations[i] = ModelOperation.Past;
        }
    }

    // The workers are alike, so their order does not count.
    private string Packed()
    {
        var packed = new Packer();
        packed.Add(Target, Crashes, Duplicates, Forgets, Expiries, ItemFaults, Copy.Key, Copy.Submission);
        foreach (var message in Messages)
            packed.Add(message.State, message.Submission, message.Attempts);
        packed.Add(Submissions.Count);
        foreach (var submission in Submissions)
            packed.Add((int)submission.State, submission.IsLeased ? 1 : 0, submission.Attempts, submission.BaseAttempts, submission.Rounds, submission.Members, submission.Operation, submission.LostLeases);
        foreach (var operation in Operations)
            packed.Add(operation.Key, operation.Members, (int)operation.State, operation.Outcomes, operation.Submission);
        var (first, second) = (Workers[0].Key(), Workers[1].Key());
        var isInOrder = string.CompareOrdinal(first, second) <= 0;
        return string.Concat(packed.ToString(), isInOrder ? first : second, isInOrder ? second : first);
    }
}

/// <summary>Small numbers, -1 upwards, two to a character.</summary>
internal ref struct Packer
{
    private const int Bits = 8;

    private readonly char[] _packed = new char[64];
    private int _count;

    public Packer()
    {
    }

    public void Add(params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers)
        {
            _packed[_count / 2] |= (char)(checked((byte)(number + 1)) << (_count % 2 * Bits));
            _count++;
        }
    }

    public override readonly string ToString() => new(_packed, 0, (_count + 1) / 2);
}

internal readonly record struct ModelMessage(int State, int Submission, int Attempts);

internal readonly record struct ModelSubmission(SubmissionState State, long Fence, bool IsLeased, int Attempts, int BaseAttempts, int Rounds, int Members, int Operation, int LostLeases)
{
    public static ModelSubmission Ended { get; } = new(SubmissionState.Closed, 1, false, 0, 0, 0, 0, -1, 0);
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
    public static ModelOperation Past { get; } = new(-1, 0, ModelOperationState.Forgotten, 0, 0);

    public ItemOutcome OutcomeOf(int message) => (ItemOutcome)((Outcomes >> (2 * message)) & 3);
}

/// <summary>What one worker holds in memory: a leased submission, or the answer to it; or a leased operation, or its status.</summary>
internal sealed record ModelWorker(string Phase, int Submission, SubmissionFacts? Facts, int Operation = -1, SubmitResult? Result = null, OperationStatus? Status = null)
{
    public static ModelWorker Idle { get; } = new("idle", -1, null);

    public string Key()
    {
        var packed = new Packer();
        packed.Add(Phase[0], Submission, Operation);
        if (Facts is not null)
            packed.Add((int)Facts.Fence, (int)Facts.State, Facts.Attempts, Facts.BaseAttempts, Facts.Rounds, Facts.LostLeases);
        packed.Add(Number(Result), (int?)Status?.State ?? -1);
        foreach (var item in Status?.Items ?? [])
            packed.Add(item.ItemId[0], (int)item.Outcome);
        return packed.ToString();
    }

    private static int Number(SubmitResult? result) => result switch
    {
        null => -1,
        SubmitResult.Accepted accepted => 10 + int.Parse(accepted.Operation.CorrelationId, CultureInfo.InvariantCulture),
        SubmitResult.NotAccepted => 0,
        _ => 1,
    };
}
