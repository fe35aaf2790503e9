namespace Clutch.Database.Tests.Engine;

public sealed class InMemoryChunkTests : ChunkBehaviour<InMemoryStore>;

public sealed class InMemorySkipTests : SkipBehaviour<InMemoryStore>;

public sealed class InMemoryRetryTests : RetryBehaviour<InMemoryStore>;

public sealed class InMemoryLaunchTests : LaunchBehaviour<InMemoryStore>;

public sealed class InMemoryConcurrencyTests : ConcurrencyBehaviour<InMemoryStore>;

public sealed class InMemoryPartitionTests : PartitionBehaviour<InMemoryStore>;

public sealed class InMemoryFlowTests : FlowBehaviour<InMemoryStore>;

public sealed class InMemoryIsolationTests : IsolationBehaviour<InMemoryStore>;

public sealed class InMemoryLostCommitTests : LostCommitBehaviour<InMemoryStore>;

public sealed class InMemoryCrashTests : CrashBehaviour<InMemoryStore>;

public sealed class InMemoryOwnerTests : OwnerBehaviour<InMemoryStore>;
