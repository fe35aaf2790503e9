using Clutch.Items;

namespace Clutch.Database.Tests.Engine;

/// <summary>Keeps every item as it is.</summary>
internal sealed class PassProcessor : IItemProcessor<int, int>
{
    public ValueTask ProcessAsync(ItemBatch<int, int> batch, CancellationToken cancellationToken)
    {
        for (var index = 0; index < batch.Count; index++)
            batch.Keep(index, batch[index]);
        return ValueTask.CompletedTask;
    }
}
