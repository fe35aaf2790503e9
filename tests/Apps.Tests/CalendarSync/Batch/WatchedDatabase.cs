using System.Data.Common;
using CalendarSync.Jobs;
using Clutch.Relational;
using Clutch.Relational.Migrations;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>A database that counts how often it is read, and fails when a test wants it to.</summary>
internal sealed class WatchedDatabase(RelationalDatabase database) : RelationalDatabase
{
    /// <summary>Reads since the last time it was set.</summary>
    public int ReadCount { get; set; }

    /// <summary>What the next read fails with, or null.</summary>
    public Exception? NextReadFault { get; set; }

    /// <summary>What the next change fails with, or null.</summary>
    public Exception? NextChangeFault { get; set; }

    public override string Description => database.Description;

    public override string Product => database.Product;

    /// <summary>Lets the import look at what is stored through such a database.</summary>
    public static void Watch(IServiceCollection services) => services
        .AddSingleton(provider => new WatchedDatabase(provider.GetRequiredService<RelationalDatabase>()))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<FeedCheckProcessor>(provider, provider.GetRequiredService<WatchedDatabase>()));

    public override Migrator MigratorFor(string part, IReadOnlyList<Migration> migrations) => database.MigratorFor(part, migrations);

    public override ValueTask<RelationalSession> OpenSessionAsync(CancellationToken cancellationToken) => database.OpenSessionAsync(cancellationToken);

    public override ValueTask<TResult> ChangeAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken)
    {
        if (NextChangeFault is not { } fault) return database.ChangeAsync(statement, read, cancellationToken);
        NextChangeFault = null;
        throw fault;
    }

    public override bool IsTransient(Exception fault) => database.IsTransient(fault);

    public override RepositoryException? Explain(Exception fault) => database.Explain(fault);

    public override string Quote(string identifier) => database.Quote(identifier);

    public override DbParameter Bind(DbParameter parameter, object? value) => database.Bind(parameter, value);

    public override DateTimeOffset ReadInstant(DbDataReader row, int ordinal) => database.ReadInstant(row, ordinal);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        ReadCount++;
        if (NextReadFault is not { } fault) return database.OpenAsync(cancellationToken);
        NextReadFault = null;
        throw fault;
    }
}
