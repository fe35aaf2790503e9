using System.Text.Json;
using System.Text.Json.Serialization;

namespace Simulators.Faults;

/// <summary>What is to go wrong. Rates are shares from 0 to 1.</summary>
// "set", not "init": the generated JSON reader would overwrite the defaults of "init" properties that the text does not name.
internal sealed record FaultOrder
{
    /// <summary>Faults of single calls; at most one of them meets a call.</summary>
    public IReadOnlyList<FaultRule> Rules { get; set; } = [];

    public StockFaults Stock { get; set; } = new();

    public FulfilmentFaults Fulfilment { get; set; } = new();
}

/// <summary>One fault, and the calls it meets.</summary>
internal sealed record FaultRule
{
    public required FaultKind Kind { get; init; }

    /// <summary>The role whose calls it meets: stock, fulfilment or calendars; null = all.</summary>
    public string? Role { get; set; }

    /// <summary>A part of the path, such as "skus/summary"; null = all.</summary>
    public string? Path { get; set; }

    /// <summary>The share of the calls, 0 to 1.</summary>
    public double Rate { get; set; } = 1;

    /// <summary>Calls that pass before the rule begins.</summary>
    public int Skip { get; set; }

    /// <summary>How many calls it meets in all, or null for no end.</summary>
    public int? Count { get; set; }

    /// <summary>Whether the call takes effect before it goes wrong.</summary>
    public FaultPhase Phase { get; set; } = FaultPhase.Half;

    /// <summary>The status of <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; set; } = 503;

    /// <summary>Seconds of Retry-After, of a second copy's delay, or of a stall: the least.</summary>
    public double MinSeconds { get; set; } = 1;

    /// <summary>The most of them.</summary>
    public double MaxSeconds { get; set; } = 3;

    /// <summary>How many times slower <see cref="FaultKind.Slow"/> is.</summary>
    public double Factor { get; set; } = 5;

    /// <summary>Calls per second that <see cref="FaultKind.RateLimit"/> lets pass.</summary>
    public double PerSecond { get; set; } = 100;
}

internal enum FaultPhase
{
    /// <summary>Half the calls before, half after.</summary>
    Half,

    /// <summary>The service never sees the call.</summary>
    Before,

    /// <summary>The call takes effect, and its answer is lost.</summary>
    After,
}

internal enum FaultKind
{
    /// <summary>500 with problem details.</summary>
    ServerError,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>The call is delivered once more, later.</summary>
    Twice,

    /// <summary>The call takes several times its time, and <see cref="FaultRule.MinSeconds"/> at least when times are off.</summary>
    Slow,

    /// <summary>No answer for so many seconds, then a reset.</summary>
    Stall,

    /// <summary>429 with Retry-After, half as seconds, half as a date.</summary>
    TooMany,

    /// <summary>429 for what exceeds a token bucket.</summary>
    RateLimit,

    /// <summary>A body of JSON that stops in the middle.</summary>
    Truncated,

    /// <summary>Any status, with problem details.</summary>
    Status,

    /// <summary>200 with a page of HTML for people.</summary>
    Html,
}

/// <summary>What is wrong in the answers of the stock system.</summary>
internal sealed record StockFaults
{
    /// <summary>Share of the items listed twice.</summary>
    public double RepeatedRate { get; set; }

    /// <summary>Share of the pages that begin a few items too late: the listing shifted.</summary>
    public double ShiftedRate { get; set; }

    /// <summary>Share of the pages that are empty and yet not the last.</summary>
    public double EmptyPageRate { get; set; }

    /// <summary>Share of the pages whose cursor has expired (410).</summary>
    public double ExpiredCursorRate { get; set; }

    /// <summary>Share of the pages after which the listing ends, whatever is left.</summary>
    public double EarlyEndRate { get; set; }

    /// <summary>Added to the total that the summary tells.</summary>
    public int TotalOff { get; set; }

    /// <summary>Whether the summary tells no total.</summary>
    public bool HidesTotal { get; set; }

    /// <summary>Share of the ids of which the detail call says nothing.</summary>
    public double OmittedRate { get; set; }

    /// <summary>Share of the ids that the detail call answers with an error.</summary>
    public double ErrorRate { get; set; }

    /// <summary>Share of the ids that are listed and that the detail call does not know.</summary>
    public double UnknownRate { get; set; }

    /// <summary>Share of the details older than the summary said.</summary>
    public double StaleRate { get; set; }

    /// <summary>Most ids in a detail call; more are answered with 413.</summary>
    public int MaxIds { get; set; } = 1_000;
}

/// <summary>What goes wrong in the fulfilment API after it accepted.</summary>
internal sealed record FulfilmentFaults
{
    /// <summary>Share of the operations that are forgotten, half before and half after they are applied.</summary>
    public double ForgottenRate { get; set; }

    /// <summary>Share of the operations that never end, until they are submitted again.</summary>
    public double EndlessRate { get; set; }

    /// <summary>Share of the items that fail once for a passing reason; a tenth of them fails twice.</summary>
    public double TransientRate { get; set; }

    /// <summary>Share of the submissions that are answered with 200 and the results, although 202 was asked for.</summary>
    public double SynchronousRate { get; set; }

    /// <summary>How an item with a negative price is refused.</summary>
    public BadItemAnswer BadItems { get; set; } = BadItemAnswer.Outcome;

    /// <summary>Most items in a submission; more are answered with 413.</summary>
    public int MaxItems { get; set; } = 1_000;
}

internal enum BadItemAnswer
{
    /// <summary>Accepted, and its outcome is a failure.</summary>
    Outcome,

    /// <summary>Among the rejected ones of the 202.</summary>
    Rejected,

    /// <summary>The whole request is refused with 422.</summary>
    Request,
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(FaultOrder))]
[JsonSerializable(typeof(InjectedFault))]
[JsonSerializable(typeof(FaultReport))]
internal sealed partial class FaultJson : JsonSerializerContext;
