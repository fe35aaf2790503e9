using System.Globalization;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Submitting;

namespace Clutch.Tests.Outbox;

/// <summary>What may happen next in a world: the decisions are the protocol's own, the storing mirrors what the statements do.</summary>
/// <param name="safeguards">What is switched on.</param>
/// <param name="hasVersionGuard">Whether the target applies only higher versions.</param>
/// <param name="ordering">The channel's.</param>
internal sealed class ModelRules(Safeguards safeguards, bool hasVersionGuard, Ordering ordering)
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    private readonly OutboxProtocol _protocol = new(Options(ordering), safeguards, new Delays(static () => 0.5));
    private readonly List<ModelWorld> _next = [];

    /// <summary>What is broken in the world that was made last, or null.</summary>
    public string? Violation { get; private set; }

    public IReadOnlyList<ModelWorld> Next(ModelWorld world)
    {
        _next.Clear();
        Enqueue(world);
        for (var i = 0; i < world.Workers.Length; i++)
            Work(world, i);
        for (var i = 0; i < world.Submissions.Count; i++)
            Expire(world, i);
        for (var i = 0; i < world.Operations.Count; i++)
            Operate(world, i);
        DeliverCopy(world);
        return _next;
    }

    private static ChannelOptions Options(Ordering ordering)
    {
        var options = new ChannelOptions { Ordering = ordering, LostStatusGrace = TimeSpan.Zero };
        options.Retry.MaxAttempts = ordering is Ordering.PerKey ? 3 : 2;
        options.Retry.MaxLostLeases = 1;
        return options;
    }

    private ModelWorld Add(ModelWorld world)
    {
        var next = world.Clone();
        _next.Add(next);
        return next;
    }

    // T1 and T12.
    private void Enqueue(ModelWorld world)
    {
        var version = Array.FindIndex(world.Messages, static message => message.State < 0);
        if (version < 0)
            return;
        var next = Add(world);
        next.Messages[version] = new(0, -1, 0);
        if (ordering is Ordering.LatestWins && version == 1 && next.Messages[0].State == 0)
            next.Messages[0] = next.Messages[0] with { State = 5 };
    }

    private void Work(ModelWorld world, int index)
    {
        var worker = world.Workers[index];
        switch (worker.Phase)
        {
            case "idle":
                Claim(world, index);
                break;
            case "claimed":
                Send(world, index, worker);
                break;
            case "answered":
                Store(world, index, worker.Submission, _protocol.AfterSubmit(worker.Facts!, worker.Result!, TimeSpan.Zero));
                break;
            case "told":
                Store(world, index, worker.Submission, _protocol.AfterStatus(worker.Facts!, worker.Status!));
                break;
        }

        if (worker.Phase is "claimed" or "answered" && world.Crashes > 0)
            Crash(world, index, worker);
    }

    // The lease of a dead holder runs out sooner or later, and until then nobody can touch the submission: at once is as good.
    // Who dies with a status leaves behind the same as if it had never asked.
    private void Crash(ModelWorld world, int index, ModelWorker worker)
    {
        var next = Add(world);
        next.Crashes--;
        next.Workers[index] = ModelWorker.Idle;
        if (next.Submissions[worker.Submission] is var submission && submission.Fence == worker.Facts!.Fence)
            next.Submissions[worker.Submission] = LoseLease(submission);
    }

    // Whoever takes it over goes on with the same attempt.
    private static ModelSubmission LoseLease(ModelSubmission submission) => submission.State is SubmissionState.Sending
        ? submission with { IsLeased = false, Attempts = submission.Attempts - 1, LostLeases = submission.LostLeases + 1 }
        : submission with { IsLeased = false };

    private void Claim(ModelWorld world, int index)
    {
        for (var i = 0; i < world.Submissions.Count; i++)
        {
            var submission = world.Submissions[i];
            if (submission.IsLeased || submission.State is SubmissionState.Closed)
                continue;
            if (submission.State is SubmissionState.Sending)
                Take(Add(world), index, i, submission with { Fence = submission.Fence + 1, IsLeased = true, Attempts = submission.Attempts + 1 });
            else
                Ask(world, index, i, submission with { Fence = submission.Fence + 1, IsLeased = true });
        }

        Form(world, index);
    }

    // T2: members tried equally often, and with the gate no version before its elder.
    private void Form(ModelWorld world, int index)
    {
        var first = Array.FindIndex(world.Messages, static message => message.State == 0);
        if (first < 0)
            return;
        var members = 0;
        for (var i = 0; i < world.Messages.Length; i++)
        {
            var waits = ordering is Ordering.PerKey && i == 1 && world.Messages[0].State is 0 or 1;
            if (world.Messages[i].State == 0 && world.Messages[i].Attempts == world.Messages[first].Attempts && !waits)
                members |= 1 << i;
        }

        if (members == 0)
            return;
        var next = Add(world);
        var number = next.Submissions.Count;
        for (var i = 0; i < next.Messages.Length; i++)
        {
            if ((members & (1 << i)) != 0)
                next.Messages[i] = next.Messages[i] with { State = 1, Submission = number };
        }

        next.Submissions.Add(default);
        Take(next, index, number, new(SubmissionState.Sending, 1, true, 1, next.Messages[first].Attempts, 0, members, -1, 0));
    }

    private static void Take(ModelWorld next, int index, int number, ModelSubmission submission)
    {
        next.Submissions[number] = submission;
        next.Workers[index] = new("claimed", number, Facts(number, submission));
    }

    private static SubmissionFacts Facts(int number, ModelSubmission submission) => new()
    {
        Id = number,
        Fence = submission.Fence,
        State = submission.State,
        Attempts = submission.Attempts,
        LostLeases = submission.LostLeases,
        BaseAttempts = submission.BaseAttempts,
        ItemCount = int.PopCount(submission.Members),
        Rounds = submission.Rounds,
        SinceAccepted = Late,
    };

    private void Send(ModelWorld world, int index, ModelWorker worker)
    {
        if (_protocol.BeforeSend(worker.Facts!) is { } exhausted)
        {
            Store(world, index, worker.Submission, exhausted);
            return;
        }

        Answer(world, index, worker, reaches: false, new SubmitResult.NotAccepted(new("refused")));
        Answer(world, index, worker, reaches: false, new SubmitResult.Unknown(new("reset")));
        Answer(world, index, worker, reaches: true, null);
        Answer(world, index, worker, reaches: true, new SubmitResult.Unknown(new("answer lost")));
        if (world.Duplicates > 0)
            Answer(world, index, worker, reaches: true, null, isDoubled: true);
    }

    private void Answer(ModelWorld world, int index, ModelWorker worker, bool reaches, SubmitResult? result, bool isDoubled = false)
    {
        var next = Add(world);
        var key = safeguards.HasPersistedKey ? worker.Submission : next.NextKey++;
        var members = next.Submissions[worker.Submission].Members;
        if (isDoubled)
        {
            next.Duplicates--;
            next.Copy = (key, members, worker.Submission);
        }

        if (reaches)
        {
            var operation = Accept(next, key, members, worker.Submission);
            result ??= new SubmitResult.Accepted(new(operation.ToString(CultureInfo.InvariantCulture)));
        }

        next.Workers[index] = worker with { Phase = "answered", Result = result };
    }

    private int Accept(ModelWorld next, int key, int members, int submission)
    {
        var known = next.Operations.FindIndex(operation => operation.Key == key && operation.State is not ModelOperationState.Forgotten);
        if (known >= 0)
            return known;
        if (next.Operations.Exists(operation => operation.Submission == submission && operation.State is not ModelOperationState.Forgotten))
            Violation ??= $"two operations of one submission that the target remembers (submission {submission.ToString(CultureInfo.InvariantCulture)})";
        next.Operations.Add(new(key, members, ModelOperationState.Accepted, 0, submission));
        return next.Operations.Count - 1;
    }

    private void DeliverCopy(ModelWorld world)
    {
        if (world.Copy.Key < 0)
            return;
        var next = Add(world);
        Accept(next, world.Copy.Key, world.Copy.Members, world.Copy.Submission);
        next.Copy = (-1, 0, -1);
    }

    // Leasing and asking are one step: in between the lease only keeps others away. No answer at all is left out: it means the same as "running".
    private void Ask(ModelWorld world, int index, int number, ModelSubmission submission)
    {
        var operation = world.Operations[submission.Operation];
        var handle = new OperationHandle(submission.Operation.ToString(CultureInfo.InvariantCulture));
        var status = operation.State switch
        {
            ModelOperationState.Forgotten => new OperationStatus { Operation = handle, State = OperationState.Lost },
            ModelOperationState.Accepted => new OperationStatus { Operation = handle, State = OperationState.Running },
            _ => Done(handle, operation),
        };
        var facts = Facts(number, submission);
        var change = _protocol.AfterStatus(facts, status);
        if (change.To == submission.State && change.Rounds == submission.Rounds && change.Attempts == submission.Attempts && !change.TouchesMembers)
            return;
        var next = Add(world);
        next.Submissions[number] = submission;
        next.Workers[index] = new("told", number, facts, submission.Operation, Status: status);
    }

    private static OperationStatus Done(OperationHandle handle, ModelOperation operation)
    {
        var results = Enumerable.Range(0, 2).Where(message => (operation.Members & (1 << message)) != 0).Select(message =>
            new ItemResult(message.ToString(CultureInfo.InvariantCulture), operation.OutcomeOf(message)) { IsRetryable = true }).ToList();
        var state = results.Exists(static result => result.Outcome is ItemOutcome.Failed) ? OperationState.PartiallySucceeded : OperationState.Succeeded;
        return new() { Operation = handle, State = state, Items = results };
    }

    // The target: applies, sometimes fails an item for a moment, sometimes forgets.
    private void Operate(ModelWorld world, int index)
    {
        var operation = world.Operations[index];
        if (operation.State is ModelOperationState.Accepted)
        {
            Apply(Add(world), index, failing: -1);
            for (var message = 0; message < 2 && world.ItemFaults > 0; message++)
            {
                if ((operation.Members & (1 << message)) != 0)
                    Apply(Add(world), index, failing: message);
            }
        }

        // Forgetting matters only where somebody may still ask.
        if (operation.State is ModelOperationState.Forgotten || world.Forgets == 0 || world.Submissions[operation.Submission].State is SubmissionState.Closed)
            return;
        var next = Add(world);
        next.Forgets--;
        next.Operations[index] = operation with { State = ModelOperationState.Forgotten };
    }

    private void Apply(ModelWorld next, int index, int failing)
    {
        if (failing >= 0)
            next.ItemFaults--;
        var operation = next.Operations[index];
        var outcomes = 0;
        for (var message = 0; message < 2; message++)
        {
            if ((operation.Members & (1 << message)) != 0)
                outcomes |= (int)(message == failing ? ItemOutcome.Failed : Apply(next, message + 1)) << (2 * message);
        }

        next.Operations[index] = operation with { State = ModelOperationState.Done, Outcomes = outcomes };
    }

    private ItemOutcome Apply(ModelWorld next, int version)
    {
        if (hasVersionGuard && version <= next.Target)
            return version == next.Target ? ItemOutcome.AlreadyApplied : ItemOutcome.Superseded;
        if (version == next.Target)
            Violation ??= "an effect was applied twice";
        if (version < next.Target)
            Violation ??= "the target went backwards";
        next.Target = version;
        return ItemOutcome.Applied;
    }

    // A lease runs out under a live holder. One who only asked is then as if it had not, unless it may store without the lease.
    private void Expire(ModelWorld world, int number)
    {
        var submission = world.Submissions[number];
        if (!submission.IsLeased || world.Expiries == 0)
            return;
        var holder = world.Workers.First(worker => worker.Facts is { } facts && worker.Submission == number && facts.Fence == submission.Fence);
        if (holder.Phase is "told" && safeguards.HasFence)
            return;
        var next = Add(world);
        next.Expiries--;
        next.Submissions[number] = LoseLease(submission);
    }

    // As SubmissionSettler does it.
    private void Store(ModelWorld world, int index, int number, SubmissionChange change)
    {
        var next = Add(world);
        next.Workers[index] = ModelWorker.Idle;
        var submission = next.Submissions[number];
        if (safeguards.HasFence && !OutboxProtocol.Holds(change.Facts, submission.Fence, submission.State))
            return;
        if (submission.State is SubmissionState.Closed)
            Violation ??= "a submission that had ended was opened again";
        next.Submissions[number] = submission with
        {
            State = change.To,
            IsLeased = false,
            Attempts = change.Attempts,
            Rounds = change.Rounds,
            Operation = change.Operation is { } operation ? int.Parse(operation.CorrelationId, CultureInfo.InvariantCulture) : submission.Operation,
        };
        for (var message = 0; message < 2; message++)
        {
            if (next.Messages[message] is { State: 1 } member && member.Submission == number && FateOf(change, message) is { } fate)
                Settle(next, message, change, fate);
        }
    }

    private static MemberFate? FateOf(SubmissionChange change, int message)
    {
        foreach (var item in change.Items)
        {
            if (item.MessageId == message)
                return item.Fate;
        }

        return change.Rest;
    }

    private void Settle(ModelWorld next, int message, SubmissionChange change, MemberFate fate)
    {
        var member = next.Messages[message];
        var isOvertaken = ordering is Ordering.LatestWins && fate.To is MessageState.Pending && message == 0 && next.Messages[1].State is 0 or 1 or 3;
        if (fate.To is MessageState.Synced && next.Target < message + 1)
            Violation ??= "a message is synced that the target does not have";
        next.Messages[message] = fate.To is MessageState.Pending
            ? new(isOvertaken ? 5 : 0, -1, member.Attempts + change.Attempts)
            : member with { State = (int)fate.To, Attempts = member.Attempts + change.Attempts };
    }
}
