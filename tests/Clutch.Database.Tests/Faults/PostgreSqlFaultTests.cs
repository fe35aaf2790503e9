using System.Net;
using System.Net.Sockets;
using Clutch.Database.Tests.Fixtures;
using Clutch.Items;
using Clutch.PostgreSql;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Database.Tests.Faults;

/// <summary>Wrong input: each ends with one clear sentence, without the password.</summary>
public sealed class PostgreSqlFaultTests
{
    [Fact]
    public async Task An_unreachable_server_is_named()
    {
        var port = ClosedPort();

        var fault = await MigrateAsync($"Host=127.0.0.1;Port={port};Database=jobs;Username=me;Password=secret;Timeout=5");

        Assert.Equal(
            $"PostgreSQL database 'jobs' at 127.0.0.1:{port} cannot be reached: ConnectionRefused. Start the server, or correct host and port in the connection string.", fault.Message);
        Assert.True(PostgreSqlFaults.IsTransient(fault));
    }

    [SkippableFact]
    public async Task Where_all_connections_are_taken_the_settings_to_raise_are_named()
    {
        await using var services = new ServiceCollection().AddClutchPostgreSql(With(settings => (settings.MaxPoolSize, settings.Timeout) = (1, 1))).BuildServiceProvider();
        var database = services.GetRequiredService<RelationalDatabase>();
        await using var taken = await database.OpenAsync(CancellationToken.None);

        var fault = await Assert.ThrowsAsync<RepositoryException>(() => database.OpenAsync(CancellationToken.None).AsTask());

        Assert.Contains("'Max Pool Size' (currently 1)", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Start the server", fault.Message, StringComparison.Ordinal);
        Assert.True(PostgreSqlFaults.IsTransient(fault));
    }

    [SkippableFact]
    public async Task What_rightly_takes_long_outlives_the_command_timeout()
    {
        await using var store = new PostgreSqlStore();
        var settings = new NpgsqlConnectionStringBuilder(store.ConnectionString) { CommandTimeout = 1 };
        await using var services = new ServiceCollection().AddClutchPostgreSql(settings.ConnectionString, options => options.Schema = store.Schema).BuildServiceProvider();
        await services.MigrateAsync();
        var database = services.GetRequiredService<RelationalDatabase>();
        var slow = new KeysetQuery<int> { From = "pg_sleep(1.5) AS slow (done), generate_series(1, 3) AS item (id)", Columns = ["id"], Key = ["id"], Map = row => row.GetInt32(0) };

        var applied = await database.MigratorFor("slow", [new(1, "0001_slow", "SELECT pg_sleep(1.5)")]).MigrateAsync(CancellationToken.None);
        var count = await database.QueryAsync(slow.Counting(), Rows.All(row => row.GetInt64(0)), CancellationToken.None);
        var ends = await database.QueryAsync(slow.Cutting(2), Rows.All(row => row.GetInt32(0)), CancellationToken.None);

        Assert.Equal(["0001_slow"], applied);
        Assert.Equal([3], count);
        Assert.Equal([2], ends);
    }

    [SkippableFact]
    public async Task A_missing_database_is_named()
    {
        var fault = await MigrateAsync(With(settings => settings.Database = "nowhere"));

        Assert.Contains("PostgreSQL database 'nowhere' at ", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith(" does not exist. Create it, or correct the database in the connection string.", fault.Message, StringComparison.Ordinal);
        Assert.False(PostgreSqlFaults.IsTransient(fault));
    }

    [SkippableFact]
    public async Task A_user_without_access_is_named()
    {
        var fault = await MigrateAsync(With(settings =>
        {
            settings.Username = "nobody_at_all";
            settings.Password = "secret";
        }));

        Assert.Contains("refused user 'nobody_at_all'. Check user name and password", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_wrong_password_is_told()
    {
        var role = $"clutch_{Guid.CreateVersion7():N}";
        await using var store = new PostgreSqlStore();
        await store.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'right'");
        try
        {
            // The test server trusts loopback, so the refusal of the handshake is put together from its parts.
            var refusal = new PostgresException("password authentication failed", "FATAL", "FATAL", PostgresErrorCodes.InvalidPassword);
            var fault = new PostgreSqlFaults("PostgreSQL database 'jobs' at db:5432", role).Explain(refusal);

            Assert.Equal(
                $"PostgreSQL database 'jobs' at db:5432 refused user '{role}'. Check user name and password in the connection string, and that pg_hba.conf admits them.", fault!.Message);
        }
        finally
        {
            await store.ExecuteAsync($"DROP ROLE {role}");
        }
    }

    [SkippableFact]
    public async Task A_read_only_database_is_told()
    {
        var fault = await MigrateAsync(With(settings => settings.Options = "-c default_transaction_read_only=on"));

        Assert.Contains("is read-only: it is a standby, or 'default_transaction_read_only' is on. Connect to the primary.", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("40001", true)]
    [InlineData("40P01", true)]
    [InlineData("55P03", true)]
    [InlineData("57P01", true)]
    [InlineData("57P02", true)]
    [InlineData("57P03", true)]
    [InlineData("53300", true)]
    [InlineData("08006", true)]
    [InlineData("08P01", true)]
    [InlineData("23505", false)]
    [InlineData("23503", false)]
    [InlineData("23514", false)]
    [InlineData("22001", false)]
    [InlineData("22P02", false)]
    [InlineData("42P01", false)]
    [InlineData("28P01", false)]
    [InlineData("53100", false)]
    public void What_helps_to_repeat_is_transient(string state, bool isTransient)
    {
        var fault = new PostgresException("fault", "ERROR", "ERROR", state);

        Assert.Equal(isTransient, PostgreSqlFaults.IsTransient(fault));
        Assert.Equal(isTransient, PostgreSqlFaults.IsTransient(new RepositoryException("fault", fault)));
        Assert.Equal(isTransient, PostgreSqlFaults.IsTransient(new ItemWriteException(1, fault)));
    }

    [Fact]
    public void Broken_connections_are_transient_and_faults_of_items_are_not()
    {
        Assert.True(PostgreSqlFaults.IsTransient(new NpgsqlException("broken", new IOException())));
        Assert.True(PostgreSqlFaults.IsTransient(new NpgsqlException("refused", new SocketException())));
        Assert.True(PostgreSqlFaults.IsTransient(new NpgsqlException("slow", new TimeoutException())));
        Assert.False(PostgreSqlFaults.IsTransient(new FormatException()));
        Assert.False(PostgreSqlFaults.IsTransient(new InvalidCastException()));
    }

    [SkippableFact]
    public async Task A_chunk_whose_commit_went_through_unheard_is_not_begun_again_unasked()
    {
        await using var store = new PostgreSqlStore();
        await using var services = store.Services();
        await services.MigrateAsync();
        var database = services.GetRequiredService<RelationalDatabase>();
        await using var run = await StepRun.StartAsync(services);
        await using (var chunk = await run.Session.BeginAsync(CancellationToken.None))
        {
            await store.BreakAsync((IRelationalChunk)chunk);
            await Assert.ThrowsAnyAsync<Exception>(() => run.CommitAsync(chunk, 1));
        }

        // What the server would have done had it lived a moment longer.
        await database.ExecuteAsync("UPDATE clutch_step_execution SET commit_count = 1");

        var fault = await Assert.ThrowsAsync<RepositoryException>(() => run.Session.BeginAsync(CancellationToken.None).AsTask());
        Assert.Contains("had committed although its answer was lost", fault.Message, StringComparison.Ordinal);
        Assert.False(run.Session.LastCommitted is not null);
    }

    [SkippableFact]
    public async Task A_deferred_constraint_that_fails_at_the_commit_undoes_the_chunk()
    {
        await using var store = new PostgreSqlStore();
        await using var services = store.Services();
        await services.MigrateAsync();
        var database = services.GetRequiredService<RelationalDatabase>();
        await database.ExecuteAsync("CREATE TABLE once (value integer CONSTRAINT once_value UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        await using var run = await StepRun.StartAsync(services);
        var writer = services.BulkInsert(Relational.Tables.TableMap.For<int>("once").Column("value", value => value));

        var fault = await Assert.ThrowsAsync<PostgresException>(() => run.WriteAsync(writer, 1, 1));

        Assert.Equal(("23505", false), (fault.SqlState, database.IsTransient(fault)));
        Assert.Equal(0, await database.CountAsync("clutch_step_execution WHERE commit_count > 0"));
        Assert.Equal(LeaseAnswer.Held, await run.WriteAsync(writer, 1));
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var settings = new NpgsqlConnectionStringBuilder(Needs.PostgreSql());
        change(settings);
        return settings.ConnectionString;
    }

    private static async Task<RepositoryException> MigrateAsync(string connectionString)
    {
        await using var services = new ServiceCollection().AddClutchPostgreSql(connectionString).BuildServiceProvider();
        return await Assert.ThrowsAsync<RepositoryException>(() => services.MigrateAsync().AsTask());
    }
}
