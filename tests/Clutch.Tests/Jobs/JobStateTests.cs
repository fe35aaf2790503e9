using System.Reflection;
using Clutch.Repository;
using Clutch.Testing;

namespace Clutch.Tests.Jobs;

/// <summary>What a job keeps across its steps.</summary>
public sealed class JobStateTests
{
    private readonly InMemoryJobRepository _repository = new();

    [Fact]
    public async Task What_two_flows_set_is_stored_whole_when_the_end_of_the_first_comes_in_late()
    {
        var ends = HeldEnd.Around(_repository);
        string? stored = null;
        await using var host = new JobTestHost(new()
        {
            Repository = ends.Repository,
            Configure = clutch => clutch.AddJob("split", job => job
                .Split(
                    "both",
                    flow => flow.Step("first", (step, _) =>
                    {
                        step.JobState.Set("a", 1);
                        return Task.CompletedTask;
                    }),
                    flow => flow.Step("second", async (step, cancellationToken) =>
                    {
                        await ends.FirstHeld.WaitAsync(cancellationToken);
                        step.JobState.Set("b", 2);
                    }))
                .Step("look", async (step, cancellationToken) => stored = (await _repository.FindExecutionAsync(step.JobExecutionId, cancellationToken))!.Context)),
        });

        await host.RunAsync("split");

        Assert.Equal("""{"a":"1","b":"2"}""", stored);
    }

    /// <summary>A repository that records the first end of a step only after the second, unless that lets it wait.</summary>
    public class HeldEnd : DispatchProxy
    {
        private readonly TaskCompletionSource _firstHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _secondRecorded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private IJobRepository? _inner;
        private int _endCount;

        public IJobRepository Repository => (IJobRepository)(object)this;

        /// <summary>Done when the first end is on its way.</summary>
        public Task FirstHeld => _firstHeld.Task;

        public static HeldEnd Around(IJobRepository inner)
        {
            var proxy = (HeldEnd)(object)Create<IJobRepository, HeldEnd>();
            proxy._inner = inner;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name is nameof(IJobRepository.EndStepAsync)
            ? EndStepAsync((StepEnd)args![0]!, (CancellationToken)args[1]!)
            : targetMethod.Invoke(_inner, args);

        private async ValueTask<LeaseAnswer> EndStepAsync(StepEnd end, CancellationToken cancellationToken)
        {
            var isFirst = Interlocked.Increment(ref _endCount) == 1;
            if (isFirst)
            {
                _firstHeld.SetResult();
                await Task.WhenAny(_secondRecorded.Task, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken));
            }

            var answer = await _inner!.EndStepAsync(end, cancellationToken);
            if (!isFirst)
                _secondRecorded.TrySetResult();
            return answer;
        }
    }
}
