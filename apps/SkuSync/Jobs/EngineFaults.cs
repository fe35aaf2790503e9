using Clutch.Outbox.Faults;
using Clutch.Steps;
using SkuSync.Catalog;

namespace SkuSync.Jobs;

/// <summary>Makes the engine's fault points orderable like all others: <c>FAILPOINT=engine.AfterCommit:3:kill</c>.</summary>
internal sealed class EngineFaults(IOutboxFaults faults) : IFaultInjector
{
    public void Reach(FaultPoint point) => faults.Reach(SkuFaultPoints.Engine + point);
}
