namespace SkuSync.Catalog;

/// <summary>The points of the extract job at which a test can order a fault (<c>FAILPOINT=name:nth:kill</c>), after the crash points of the specification.</summary>
internal static class SkuFaultPoints
{
    /// <summary>K1: before a page of the summary is asked for.</summary>
    public const string BeforePage = "extract.before-page";

    /// <summary>K1: the page is there, no detail was asked for.</summary>
    public const string AfterPage = "extract.after-page";

    /// <summary>K2: the details are there, the transaction has not begun.</summary>
    public const string AfterDetail = "extract.after-detail";

    /// <summary>K3: within the transaction; the interface table is written, the outbox is not.</summary>
    public const string InsideStore = "extract.inside-store";

    /// <summary>K5: all pages are stored, the listing is not known to be complete.</summary>
    public const string BeforeComplete = "extract.before-complete";

    /// <summary>K6: within the transaction that buries SKUs; the tombstones are written, the outbox is not.</summary>
    public const string InsideDelete = "extract.inside-delete";

    /// <summary>K4 and the engine's other points: this prefix and their names, such as <c>engine.AfterCommit</c>.</summary>
    public const string Engine = "engine.";
}
