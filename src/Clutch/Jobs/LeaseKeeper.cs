using Clutch.Repository;
using Clutch.Steps;
using Clutch.Telemetry;

namespace Clutch.Jobs;

/// <summary>Renews the lease of a running execution, and hears there of a stop and of its loss.</summary>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    private readonly JobRun _run;
    private readonly CancellationTokenSource _ending = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _work;

    public LeaseKeeper(JobRun run)
    {
        _run = run;
        // A third of the lease: two renewals may be lost before another node takes over.
        _timer = new(run.Services.LeaseDuration / 3, run.Services.TimeProvider);
        _work = Task.Run(KeepAsync);
    }

    public async ValueTask DisposeAsync()
    {
        // The timer's end is no exception, which would cost a tiny job a part of its time; only a renewal under way is cancelled.
        _timer.Dispose();
        await _ending.CancelAsync();
        await _work;
        _ending.Dispose();
    }

    private async Task KeepAsync()
    {
        while (await _timer.WaitForNextTickAsync())
            await RenewAsync();
    }

    private async Task RenewAsync()
    {
        try
        {
            _run.Services.Faults?.Reach(FaultPoint.WhileRenewing);
            var answer = await _run.Services.Repository.Inner.RenewLeaseAsync(_run.Lease, _run.AtWork.All, _run.Services.LeaseDuration, _ending.Token);
            if (answer is LeaseAnswer.Lost)
                _run.Abort();
            if (answer is LeaseAnswer.HeldStopRequested)
                _run.RequestStop();
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The execution has ended.
        }
        catch (Exception fault)
        {
            // The next tick tries again. If the lease runs out meanwhile, fencing keeps a late commit out.
            _run.Services.Logger.LeaseRenewalFailed(_run.Execution.Id.Value, fault);
        }
    }
}
