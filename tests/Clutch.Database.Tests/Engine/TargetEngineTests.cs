namespace Clutch.Database.Tests.Engine;

// Data and job repository in two databases: the same laws, by the checkpoint beside the data.
public sealed class SqliteTargetSkipTests : SkipBehaviour<SqliteTargetEngineStore>;

public sealed class SqliteTargetRetryTests : RetryBehaviour<SqliteTargetEngineStore>;

public sealed class SqliteTargetConcurrencyTests : ConcurrencyBehaviour<SqliteTargetEngineStore>;

public sealed class SqliteTargetLostCommitTests : LostCommitBehaviour<SqliteTargetEngineStore>;

public sealed class SqliteTargetCrashTests : CrashBehaviour<SqliteTargetEngineStore>;

public sealed class SqliteTargetFlowTests : FlowBehaviour<SqliteTargetEngineStore>;

public sealed class SqliteTargetOwnerTests : OwnerBehaviour<SqliteTargetEngineStore>;

public sealed class SqliteTargetOwnTests : TargetBehaviour<SqliteTargetEngineStore>;

public sealed class PostgreSqlTargetOwnTests : TargetBehaviour<PostgreSqlTargetEngineStore>;

public sealed class SqliteTargetLaunchTests : LaunchBehaviour<SqliteTargetEngineStore>;

public sealed class PostgreSqlTargetSkipTests : SkipBehaviour<PostgreSqlTargetEngineStore>;

public sealed class PostgreSqlTargetRetryTests : RetryBehaviour<PostgreSqlTargetEngineStore>;

public sealed class PostgreSqlTargetLostCommitTests : LostCommitBehaviour<PostgreSqlTargetEngineStore>;

public sealed class PostgreSqlTargetCrashTests : CrashBehaviour<PostgreSqlTargetEngineStore>;
