using System.ComponentModel.DataAnnotations;
using Clutch.Outbox.Channels;

namespace SkuSync;

/// <summary>How SKUs are synchronised: section <c>Sku</c> of the configuration.</summary>
internal sealed class SkuOptions
{
    /// <summary>The root of the stock API, such as <c>https://stock.example/api/</c>. Required.</summary>
    public string? StockUrl { get; set; }

    /// <summary>The root of the fulfilment API. Required.</summary>
    public string? FulfilmentUrl { get; set; }

    /// <summary>The bearer token of the stock API, or null for none.</summary>
    public string? StockToken { get; set; }

    /// <summary>The bearer token of the fulfilment API, or null for none.</summary>
    public string? FulfilmentToken { get; set; }

    /// <summary>Detail calls at once: 1 to 64, 16 by default. It adapts below this ceiling.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = 16;

    /// <summary>Ids in one detail call: 1 to 5,000, 200 by default.</summary>
    /// <remarks>A server that takes fewer says so with 413, and gets fewer.</remarks>
    [Range(1, 5_000)]
    public int DetailBatchSize { get; set; } = 200;

    /// <summary>SKUs in one transaction: 1 to 10,000, 1,000 by default. Those of them that changed are asked for with several calls at once, <see cref="DetailBatchSize"/> ids each, so a larger batch than this has no effect.</summary>
    [Range(1, 10_000)]
    public int ChunkSize { get; set; } = 1_000;

    /// <summary>SKUs in one page of the summary, as far as the server allows: 1 to 100,000, 1,000 by default.</summary>
    [Range(1, 100_000)]
    public int SummaryPageSize { get; set; } = 1_000;

    /// <summary>Key ranges listed side by side: 1 to 16, 1 by default. More need a stock API that tells its ranges.</summary>
    [Range(1, 16)]
    public int ListingRanges { get; set; } = 1;

    /// <summary>Whether a SKU whose stamp in the summary is the stored one is not asked for again; true by default.</summary>
    public bool UsesStamps { get; set; } = true;

    /// <summary>How long one call may take: 1 s to 1 h, 30 s by default.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Messages in one submission: 1 to 1,000, 200 by default.</summary>
    [Range(1, 1_000)]
    public int SubmitBatchSize { get; set; } = 200;

    /// <summary>How long changes of an account wait for company before a submission goes that is not full: 0 s to 1 min, 1 s by default.</summary>
    public TimeSpan SubmitLinger { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Submissions at once: 1 to 256, 16 by default.</summary>
    [Range(1, 256)]
    public int SubmitConcurrency { get; set; } = 16;

    /// <summary>What holds between two changes of one SKU: <c>LatestWins</c> by default, <c>PerKey</c> or <c>None</c>.</summary>
    public Ordering Ordering { get; set; } = Ordering.LatestWins;

    /// <summary>How long a process that gives no sign of life keeps its submissions: 1 s or more, 30 s by default.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an operation of the fulfilment API may take before its submission is sent again with the same key: 1 s to 1 day, 15 minutes by default; a good value is 20 times what 99 of 100 take.</summary>
    public TimeSpan OperationDeadline { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long nothing is sent to the fulfilment API after a fault that a person must repair, such as a refused key: 1 s to 1 day, 1 minute by default.</summary>
    public TimeSpan FaultRest { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Members of a payload's top level that are no content, such as <c>servedAt</c>; none by default. After a change run the job <c>rehash</c>.</summary>
    public IReadOnlyList<string> IgnoredMembers { get; set; } = [];

    /// <summary>Complete listings in a row without a SKU after which it is deleted although the detail API did not confirm that: 2 by default.</summary>
    [Range(1, 100)]
    public int MissingRuns { get; set; } = 2;

    /// <summary>The share of all SKUs, 0 to 1, above which deletions wait for approval; 0.01 by default.</summary>
    [Range(0.0, 1.0)]
    public double DeletionShare { get; set; } = 0.01;

    /// <summary>Deletions that need no approval whatever their share: 50 by default.</summary>
    [Range(0, int.MaxValue)]
    public int DeletionCount { get; set; } = 50;

    /// <summary>How long the row of a deleted SKU is kept: 1 day to 10 years, 90 days by default. One that comes back later still gets a version above its last.</summary>
    public TimeSpan TombstoneRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>False takes every listing for complete: the proof that the invariants notice. Never in production.</summary>
    public bool ChecksListing { get; set; } = true;

    /// <summary>Safeguards of the outbox to switch off, of <c>fence</c>, <c>persisted-key</c> and <c>lost-status</c>: the proof that the invariants notice. None by default; never in production.</summary>
    public IReadOnlyList<string> SwitchedOff { get; set; } = [];

    /// <summary>When <c>serve</c> starts a run, as a cron expression in UTC (five fields, or six with seconds first), or empty for never; every 15 minutes by default.</summary>
    public string? Schedule { get; set; } = "*/15 * * * *";

    /// <summary>When <c>serve</c> reconciles, or empty for never; at 03:40 UTC by default.</summary>
    public string? ReconcileSchedule { get; set; } = "40 3 * * *";
}
