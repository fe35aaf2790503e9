using System.Text.Json;
using Clutch.Http;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Receiving;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Database.Tests.Receiving;

// The code of docs/guides/receiving.md: GuideTests holds the two together.
public sealed record StockUpdates(string? AccountId, IReadOnlyList<StockUpdate>? Items);

public sealed record StockUpdate(string? ItemId, string? SkuId, long Version, string? Op, JsonElement Payload);

public static class StockEndpoint
{
    public static async Task<IResult> AcceptAsync(HttpContext context, StockUpdates updates, IOperationQueue queue)
    {
        // What concerns the whole request is answered before anything is stored, and is not remembered under the key.
        if (updates.AccountId is not { Length: > 0 } account || updates.Items is not { Count: > 0 } items)
            return Results.Problem("'accountId' and one item or more are needed.", statusCode: 400);
        if (items.Any(item => item.ItemId is null) || items.DistinctBy(item => item.ItemId).Count() < items.Count)
            return Results.Problem("Each item needs an 'itemId' of its own.", statusCode: 400);

        return await queue.AcceptAsync(context, new OperationRequest
        {
            Queue = "stock",
            Group = account,
            Items = [.. items.Where(IsValid).Select(item => new OperationItem(item.ItemId!, item.SkuId!, item.Version, item.Op!, JsonSerializer.SerializeToUtf8Bytes(item.Payload)))],
            Rejected = [.. items.Where(item => !IsValid(item)).Select(item => new RejectedItem(item.ItemId!, new HttpProblem { Title = "The item is not valid.", Status = 422 }))],
        });
    }

    private static bool IsValid(StockUpdate item) => item is { SkuId.Length: > 0, Version: > 0, Op: "UPSERT" or "DELETE" };
}

public sealed class StockHandler : IOperationHandler
{
    private static readonly TableMap<StockRow> Stock = TableMap.For<StockRow>("stock").Key("account", row => row.Account).Key("sku", row => row.Sku)
        .Column("version", row => row.Version).Column("payload", row => row.Payload);

    public async ValueTask ApplyAsync(OperationBatch batch, RelationalSession session, CancellationToken cancellationToken)
    {
        // Lets in what is newer than anything applied before; the rest is settled without an effect.
        var versions = batch.Items.Select(item => (item.Key, item.Version)).ToArray();
        var outcomes = await VersionGuard.EnterAsync(session, batch.Group, versions, cancellationToken);

        var rows = batch.Items.Where((_, i) => outcomes[i] == ItemOutcome.Applied)
            .Select(item => new StockRow(batch.Group, item.Key, item.Version, System.Text.Encoding.UTF8.GetString(item.Body.Span)))
            .ToArray();
        await session.Bulk.UpsertAsync(Stock, rows, cancellationToken);

        for (var i = 0; i < outcomes.Count; i++)
            batch.Settle(i, outcomes[i]);
    }
}

public sealed record StockRow(string Account, string Sku, long Version, string Payload);

// From here on for the tests only.

/// <summary>The handler of the tests: the guide's, with a ledger of every effect, and items that misbehave on request.</summary>
public sealed class LedgerHandler : IOperationHandler
{
    private static readonly TableMap<StockRow> Ledger = TableMap.For<StockRow>("ledger").Key("account", row => row.Account).Key("sku", row => row.Sku)
        .Column("version", row => row.Version).Column("payload", row => row.Payload);

    private readonly StockHandler _inner = new();

    /// <summary>Called within each transaction, before it commits.</summary>
    public Func<OperationBatch, CancellationToken, Task> BeforeCommit { get; set; } = (_, _) => Task.CompletedTask;

    public async ValueTask ApplyAsync(OperationBatch batch, RelationalSession session, CancellationToken cancellationToken)
    {
        for (var i = 0; i < batch.Items.Count; i++)
        {
            if (batch.Items[i].Key.StartsWith("named-bad", StringComparison.Ordinal))
                throw new OperationItemException(i, new HttpProblem { Type = "urn:test:named", Title = "Bad", IsRetryable = true });
        }

        await _inner.ApplyAsync(batch, session, cancellationToken);
        var results = batch.TakeResults();
        var effects = batch.Items.Where((_, i) => results[i].Outcome == ItemOutcome.Applied).Select(item => new StockRow(batch.Group, item.Key, item.Version, "{}")).ToArray();
        await session.Bulk.InsertAsync(Ledger, effects, cancellationToken);
        if (batch.Items.Any(item => item.Key.StartsWith("poison", StringComparison.Ordinal)))
            throw new InvalidDataException("poison");
        await BeforeCommit(batch, cancellationToken);
    }
}

/// <summary>The guide's service on a real server, over a store of the test.</summary>
public sealed class StockService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StockService(WebApplication app)
    {
        _app = app;
        Address = new(app.Urls.First() + "/");
        Client = new() { BaseAddress = Address };
        Client.DefaultRequestHeaders.Add("X-Caller", "me");
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public RelationalDatabase Database => _app.Services.GetRequiredService<RelationalDatabase>();

    public static async Task<StockService> StartAsync(
        Action<IServiceCollection> addStore, LedgerHandler? handler = null, Action<ReceivingOptions>? configure = null, Action<WebApplication>? map = null, string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        addStore(builder.Services);
        var shared = handler ?? new();
        builder.Services.AddProblemDetails();
        builder.Services.AddClutchReceiving(receiving => receiving.AddQueue("stock", _ => shared).Configure(options =>
        {
            options.Caller = context => context.Request.Headers["X-Caller"].ToString();
            options.LeaseDuration = TimeSpan.FromSeconds(2);
            options.IdleInterval = TimeSpan.FromMilliseconds(100);
            options.PollAfter = TimeSpan.FromMilliseconds(50);
            configure?.Invoke(options);
        }));
        var app = builder.Build();
        app.UseStatusCodePages();
        map?.Invoke(app);
        app.MapOperations();
        app.MapPost("/stock-updates:batch", StockEndpoint.AcceptAsync).RequireIdempotencyKey();
        await CreateTablesAsync(app.Services.GetRequiredService<RelationalDatabase>());
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static async Task CreateTablesAsync(RelationalDatabase database)
    {
        await ReceivingSchema.MigrateAsync(database, CancellationToken.None);
        // No key on the ledger: it must be able to show an effect made twice.
        await Fixtures.DatabaseExtensions.ExecuteAsync(database, """
            CREATE TABLE IF NOT EXISTS stock (account text NOT NULL, sku text NOT NULL, version bigint NOT NULL, payload text NOT NULL, PRIMARY KEY (account, sku));
            CREATE TABLE IF NOT EXISTS ledger (account text NOT NULL, sku text NOT NULL, version bigint NOT NULL, payload text NOT NULL);
            """);
    }
}
