using Clutch.Executions;
using Clutch.Repository;
using Clutch.Testing;

namespace Clutch.Tests.Jobs;

/// <summary>The lease protocol in simulated time: commits are delayed, lost and sent again, nodes freeze and die. Whatever happens, one node commits for a partition and fence.</summary>
public sealed class LeaseProtocolTests
{
    private const int PartitionCount = 4;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task At_most_one_node_commits_for_a_partition_and_fence_and_no_commit_is_counted_twice()
    {
        var (accepted, refused) = (0, 0);
        for (var seed = 1; seed <= 200; seed++)
        {
            var world = await World.CreateAsync(seed);
            for (var turn = 0; turn < 400; turn++)
                await world.TurnAsync();
            accepted += world.AcceptedCount;
            refused += world.RefusedCount;
        }

        Assert.True(accepted > 5_000, $"Only {accepted} commits were accepted: the simulation does not get anywhere.");
        Assert.True(refused > 500, $"Only {refused} commits were refused: the simulation does no harm.");
    }

    private sealed class Node(string name)
    {
        public string Name { get; } = name;

        public StepExecution? Held { get; set; }

        public long Committed { get; set; }

        public DateTimeOffset FrozenUntil { get; set; }
    }

    private sealed record Message(DateTimeOffset At, Node Sender, StepExecution Partition, long Number, bool IsAnswerLost);

    private sealed class World(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly ManualClock _clock = new();
        private readonly List<Message> _underWay = [];
        private readonly List<Node> _nodes = [new("a"), new("b"), new("c")];
        private readonly Dictionary<(StepExecutionId Partition, long Fence), string> _committers = [];
        private readonly Dictionary<StepExecutionId, (long Fence, long Number)> _last = [];
        private readonly Dictionary<StepExecutionId, long> _claimed = [];
        private InMemoryJobRepository _repository = null!;
        private JobExecution _execution = null!;

        public int AcceptedCount { get; private set; }

        public int RefusedCount { get; private set; }

        public static async Task<World> CreateAsync(int seed)
        {
            var world = new World(seed);
            world._repository = new(world._clock);
            var launch = await world._repository.LaunchAsync(
                new() { JobName = "job", Parameters = JobParameters.Empty, Node = "manager", LeaseDuration = TimeSpan.FromDays(1) }, CancellationToken.None);
            world._execution = ((LaunchDecision.Launched)launch).Execution;
            var plan = new PartitionPlan
            {
                Lease = new(world._execution.Id, world._execution.Fence, "manager"),
                InstanceId = world._execution.InstanceId,
                StepName = "step",
                Partitions = [.. Enumerable.Range(1, PartitionCount).Select(number => new PlannedPartition { Name = $"p{number}", Data = string.Empty })],
            };
            Assert.True(await world._repository.CreatePartitionsAsync(plan, CancellationToken.None));
            return world;
        }

        public async Task TurnAsync()
        {
            _clock.Advance(TimeSpan.FromMilliseconds(_random.Next(800)));
            foreach (var message in _underWay.Where(message => message.At <= _clock.GetUtcNow()).OrderBy(_ => _random.Next()).ToList())
                await DeliverAsync(message);
            foreach (var node in _nodes.Where(node => node.FrozenUntil <= _clock.GetUtcNow()))
                await ActAsync(node);
            // The quarantine is not what is looked at here: without commits it would end all partitions.
        }

        private async Task ActAsync(Node node)
        {
            var what = _random.Next(100);
            if (what < 4)
                node.FrozenUntil = _clock.GetUtcNow() + (Lease * (_random.NextDouble() * 3)); // it wakes believing that it still holds what it held
            else if (what < 6)
                node.Held = null; // it dies and comes back empty
            else if (what < 12 && node.Held is not null)
                await _repository.RenewPartitionsAsync(_execution.Id, [new(node.Held.Id, node.Held.Fence)], Lease, CancellationToken.None);
            else if (node.Held is null)
                await ClaimAsync(node);
            else if (!_underWay.Exists(message => message.Sender == node && !message.IsAnswerLost))
                Send(node);
        }

        private async Task ClaimAsync(Node node)
        {
            node.Held = await _repository.ClaimPartitionAsync(new(_execution.Id, "step", node.Name, Lease), CancellationToken.None);
            node.Committed = node.Held?.Counts.Commits ?? 0;
            if (node.Held is { } partition)
                _claimed[partition.Id] = partition.Fence;
        }

        // Lost on the way there, lost on the way back, or as late as two leases.
        private void Send(Node node)
        {
            if (_random.Next(100) < 10)
                return;
            var delay = _random.Next(100) < 15 ? Lease * (_random.NextDouble() * 2) : TimeSpan.FromMilliseconds(_random.Next(300));
            _underWay.Add(new(_clock.GetUtcNow() + delay, node, node.Held!, node.Committed + 1, _random.Next(100) < 10));
        }

        private async Task DeliverAsync(Message message)
        {
            _underWay.Remove(message);
            var answer = await CommitAsync(message);
            if (answer is LeaseAnswer.Lost)
                RefusedCount++;
            else
                Check(message);
            if (message.IsAnswerLost || message.Sender.Held != message.Partition)
                return;
            if (answer is LeaseAnswer.Lost)
                message.Sender.Held = null;
            else
                message.Sender.Committed = message.Number;
        }

        private async Task<LeaseAnswer> CommitAsync(Message message)
        {
            await using var session = await _repository.ChunkStore.OpenAsync(message.Partition, isResumed: true, CancellationToken.None);
            await using var chunk = await session.BeginAsync(CancellationToken.None);
            var commit = new ChunkCommit
            {
                StepExecutionId = message.Partition.Id,
                Fence = message.Partition.Fence,
                Checkpoint = new(Checkpoint.At(message.Number), null),
                Counts = new() { Commits = message.Number, Read = message.Number },
                LeaseDuration = Lease,
            };
            return await chunk.CommitAsync(commit, CancellationToken.None);
        }

        private void Check(Message message)
        {
            AcceptedCount++;
            var (id, fence, number) = (message.Partition.Id, message.Partition.Fence, message.Number);
            Assert.True(_committers.TryAdd((id, fence), message.Sender.Name) || _committers[(id, fence)] == message.Sender.Name, $"Two nodes committed partition {id} with fence {fence} (seed {seed}).");
            Assert.True(fence == _claimed[id], $"Partition {id} was claimed with fence {_claimed[id]}, but {fence} committed (seed {seed}).");
            var (lastFence, lastNumber) = _last.GetValueOrDefault(id);
            Assert.True(fence >= lastFence, $"Fence {fence} of partition {id} committed after {lastFence} (seed {seed}).");
            Assert.True(number == lastNumber + 1, $"Commit {number} of partition {id} came after {lastNumber} (seed {seed}).");
            _last[id] = (fence, number);
        }
    }
}
