namespace Clutch.Database.Tests.Engine;

public sealed class InMemoryChunkTests : ChunkBehaviour<InMemoryStore>;

public sealed class InMemorySkipTests : SkipBehaviour<InMemoryStore>;

public sealed class InMemoryRetryTests : RetryBehaviour<InMemoryStore>;

public sealed class InMemoryLaunchTests : LaunchBehaviour<InMemoryStore>;
