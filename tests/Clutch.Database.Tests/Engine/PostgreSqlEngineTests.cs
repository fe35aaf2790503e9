namespace Clutch.Database.Tests.Engine;

public sealed class PostgreSqlChunkTests : ChunkBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlSkipTests : SkipBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlRetryTests : RetryBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlLaunchTests : LaunchBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlConcurrencyTests : ConcurrencyBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlPartitionTests : PartitionBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlFlowTests : FlowBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlIsolationTests : IsolationBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlLostCommitTests : LostCommitBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlCrashTests : CrashBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlTransactionTests : TransactionBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlKillTests : KillBehaviour<PostgreSqlEngineStore>;

public sealed class PostgreSqlOwnerTests : OwnerBehaviour<PostgreSqlEngineStore>;
