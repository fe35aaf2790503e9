namespace Clutch.Database.Tests.Engine;

public sealed class SqliteChunkTests : ChunkBehaviour<SqliteEngineStore>;

public sealed class SqliteSkipTests : SkipBehaviour<SqliteEngineStore>;

public sealed class SqliteRetryTests : RetryBehaviour<SqliteEngineStore>;

public sealed class SqliteLaunchTests : LaunchBehaviour<SqliteEngineStore>;

public sealed class SqliteConcurrencyTests : ConcurrencyBehaviour<SqliteEngineStore>;

public sealed class SqlitePartitionTests : PartitionBehaviour<SqliteEngineStore>;

public sealed class SqliteFlowTests : FlowBehaviour<SqliteEngineStore>;

public sealed class SqliteIsolationTests : IsolationBehaviour<SqliteEngineStore>;

public sealed class SqliteLostCommitTests : LostCommitBehaviour<SqliteEngineStore>;

public sealed class SqliteCrashTests : CrashBehaviour<SqliteEngineStore>;

public sealed class SqliteTransactionTests : TransactionBehaviour<SqliteEngineStore>;

public sealed class SqliteKillTests : KillBehaviour<SqliteEngineStore>;

public sealed class SqliteOwnerTests : OwnerBehaviour<SqliteEngineStore>;
